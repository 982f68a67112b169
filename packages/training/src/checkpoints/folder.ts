import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hashFile, PodiumError, writeFileAtomic } from '@podium/core';
import type { StateDict } from '@podium/nn';
import { readSafetensors, writeSafetensors } from '@podium/nn/checkpoint-files';
import type { TrainingCheckpoint } from './checkpoint.ts';

const MANIFEST = 'manifest.json';
const STATE = 'state.json';
const VERSION = 1;

/** What a checkpoint's manifest says. */
export interface CheckpointManifest {
  readonly version: typeof VERSION;
  readonly step: number;
  readonly epoch: number;
  /** The newest value of the monitored metric, if there is one; JSON has no NaN, which is null. */
  readonly metric: number | null;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** Writes all files of a checkpoint into a folder that exists, each synced, the manifest last. */
export async function writeCheckpointFiles(
  folder: string,
  checkpoint: TrainingCheckpoint,
  metric: number | undefined,
): Promise<void> {
  const { weights, optimizer, average, ...rest } = checkpoint;
  const tensors: [string, StateDict][] = [
    ['weights.safetensors', weights],
    ['optimizer.safetensors', optimizer.tensors],
    ...(average === undefined ? [] : [['average.safetensors', average.tensors] as [string, StateDict]]),
  ];
  const files: Record<string, { bytes: number; sha256: string }> = {};
  const note = async (name: string) => {
    const path = join(folder, name);
    files[name] = { bytes: (await stat(path)).size, sha256: await hashFile(path) };
  };
  for (const [name, dict] of tensors) {
    await writeSafetensors(join(folder, name), dict);
    await note(name);
  }
  const state = { ...rest, optimizer: optimizer.numbers, ...(average && { average: average.numbers }) };
  await writeFileAtomic(join(folder, STATE), `${JSON.stringify(state, null, 1)}\n`);
  await note(STATE);
  const manifest: CheckpointManifest = {
    version: VERSION,
    step: checkpoint.progress.step,
    epoch: checkpoint.progress.epoch,
    metric: metric !== undefined && Number.isFinite(metric) ? metric : null,
    files,
  };
  await writeFileAtomic(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
}

/**
 * Reads a checkpoint and checks every file of it against the manifest.
 * @throws PodiumError `training-checkpoint-damaged` or `file-not-found`, naming the file
 */
export async function readCheckpointFolder(folder: string): Promise<TrainingCheckpoint> {
  const manifest = await readManifest(folder);
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const file = join(folder, name);
    const size = await stat(file).then(
      (stats) => stats.size,
      (error: unknown) => {
        throw fileError(error, file, 'read');
      },
    );
    if (size !== bytes) throw damaged(file, `${bytes} bytes`, `${size} bytes`);
    const hash = await hashFile(file);
    if (hash !== sha256)
      throw damaged(file, `the checksum ${sha256.slice(0, 12)}...`, `${hash.slice(0, 12)}...`);
  }
  const state = await readJson(join(folder, STATE));
  const read = async (name: string) => (await readSafetensors(join(folder, name))).tensors;
  const { optimizer, average, ...rest } = state as Record<string, never>;
  return {
    ...(rest as object),
    weights: await read('weights.safetensors'),
    optimizer: { tensors: await read('optimizer.safetensors'), numbers: optimizer },
    ...(average === undefined
      ? {}
      : { average: { tensors: await read('average.safetensors'), numbers: average } }),
  } as unknown as TrainingCheckpoint;
}

/** @throws PodiumError `training-checkpoint-damaged` where it is not a manifest of this version */
export async function readManifest(folder: string): Promise<CheckpointManifest> {
  const file = join(folder, MANIFEST);
  const manifest = (await readJson(file)) as CheckpointManifest;
  const names = Object.entries(manifest?.files ?? {});
  const sound =
    manifest?.version === VERSION &&
    Number.isInteger(manifest.step) &&
    (manifest.metric === null || Number.isFinite(manifest.metric)) &&
    manifest.files[STATE] !== undefined &&
    names.every(
      ([name, entry]) =>
        /^[a-z]+\.(json|safetensors)$/.test(name) &&
        Number.isInteger(entry?.bytes) &&
        typeof entry.sha256 === 'string',
    );
  if (sound) return manifest;
  throw damaged(file, `a manifest of version ${VERSION}`, JSON.stringify(manifest).slice(0, 80));
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file, 'read');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(file, 'JSON', JSON.stringify(text.slice(0, 40)));
  }
}

function damaged(file: string, expected: string, got: string): PodiumError {
  return new PodiumError({
    code: 'training-checkpoint-damaged',
    path: { file },
    message: 'the checkpoint is not as it was written',
    expected,
    got,
    fix: 'use the checkpoint before this one',
  });
}

/** Makes a rename in `folder` last through a power cut, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch {
    // Some file systems cannot; the rename itself is done.
  } finally {
    await handle.close();
  }
}
