import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileError, hashFile, PodiumError } from '@podium/core';
import { checkContent } from './check-content.ts';
import { type HubConfig, readHubConfig } from './hub-config.ts';

/** Names of the weights in a folder, in order of preference. */
export const WEIGHT_FILES = ['model.safetensors', 'pytorch_model.bin'] as const;

/** A local file, or the weights in a local folder with their `config.json`. Nothing is copied. */
export async function openLocal(
  path: string,
): Promise<{ readonly path: string; readonly config?: HubConfig; readonly sha256: string }> {
  const place = resolve(path);
  if (!(await kindOf(place, path)).isDirectory()) return await finish(place, path);
  for (const name of WEIGHT_FILES) {
    const file = join(place, name);
    if (!(await exists(file))) continue;
    const configFile = join(place, 'config.json');
    const config = (await exists(configFile)) ? { config: await readHubConfig(configFile) } : {};
    return { ...(await finish(file, file)), ...config };
  }
  for (const name of WEIGHT_FILES) {
    if (!(await exists(join(place, `${name}.index.json`)))) continue;
    throw new PodiumError({
      code: 'weights-file',
      path: { file: path },
      expected: `a folder with ${WEIGHT_FILES.join(' or ')}`,
      got: `a checkpoint in several files (shards), listed in ${name}.index.json`,
      fix: `merge its files into one ${WEIGHT_FILES[0]}, in Python: safetensors.torch.save_file(model.state_dict(), NEW_FILE)`,
    });
  }
  throw new PodiumError({
    code: 'weights-file',
    path: { file: path },
    expected: `a folder with ${WEIGHT_FILES.join(' or ')}`,
    got: 'a folder with neither',
    fix: 'name the file itself',
  });
}

async function finish(
  path: string,
  name: string,
): Promise<{ readonly path: string; readonly sha256: string }> {
  try {
    await checkContent(path, name);
    return { path, sha256: await hashFile(path) };
  } catch (error) {
    throw fileError(error, name, 'read');
  }
}

async function kindOf(path: string, name: string): Promise<Awaited<ReturnType<typeof stat>>> {
  try {
    return await stat(path);
  } catch (error) {
    throw fileError(error, name, 'read');
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
