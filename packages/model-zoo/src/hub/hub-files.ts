import { join } from 'node:path';
import {
  type CachedFile,
  type FileRequest,
  fetchCached,
  fetchRequired,
  recordAbsent,
} from './cached-file.ts';
import { checkContent } from './check-content.ts';
import { downloadRequest } from './download-request.ts';
import { MAX_CONFIG_BYTES, readHubConfig } from './hub-config.ts';
import type { Hub } from './open-hub.ts';
import { WEIGHT_FILES } from './open-local.ts';
import { describeSource, shownUrl, type WeightsSource } from './weights-source.ts';

type HuggingFace = WeightsSource & { readonly kind: 'hf' };

const CONFIG = 'config.json';

/**
 * The weights of a repository of the Hugging Face hub, and its `config.json` if it has one. Both are of the same commit: that of
 * the revision when `config.json` was downloaded.
 */
export async function hubFiles(
  hub: Hub,
  source: HuggingFace,
): Promise<{ readonly weights: CachedFile; readonly config: CachedFile | undefined }> {
  const revision = source.revision ?? 'main';
  const folder = join(hub.cacheFolder, 'hf', ...source.repo.split('/'), encodeURIComponent(revision));
  const names: readonly [string, ...string[]] = source.file === undefined ? WEIGHT_FILES : [source.file];
  const absent: string[] = [];
  const online = hub.offline === undefined;
  const finish = async (
    weights: CachedFile,
  ): Promise<{ weights: CachedFile; config: CachedFile | undefined }> => {
    // Only now: a missing repository lacks every file, and may be created later.
    if (online) for (const name of absent) await recordAbsent({ folder, name }).catch(() => {});
    return { weights, config };
  };
  // First, since it is small: it reveals a wrong name or a missing token, and states the commit.
  const config = await fetchCached(hub, hubFile(hub, source, { folder, name: CONFIG, optional: true }));
  if (config === undefined) absent.push(CONFIG);
  const commit = config?.record.commit;
  for (const name of online ? names.slice(0, -1) : names) {
    const weights = await fetchCached(hub, hubFile(hub, source, { folder, name, commit, optional: true }));
    if (weights !== undefined) return await finish(weights);
    absent.push(name);
  }
  // Without downloads, only the first of several names is looked up.
  const last = online ? (names.at(-1) ?? names[0]) : names[0];
  return await finish(
    await fetchRequired(hub, hubFile(hub, source, { folder, name: last, commit, optional: false })),
  );
}

function hubFile(
  hub: Hub,
  source: HuggingFace,
  file: {
    readonly folder: string;
    readonly name: string;
    readonly commit?: string | undefined;
    readonly optional: boolean;
  },
): FileRequest {
  const isConfig = file.name === CONFIG;
  const encode = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
  const revision = file.commit ?? source.revision ?? 'main';
  const url = new URL(
    `${hub.endpoint}/${source.repo}/resolve/${encodeURIComponent(revision)}/${encode(file.name)}`,
  );
  return downloadRequest(hub, {
    folder: file.folder,
    name: file.name,
    sha256: isConfig ? undefined : source.sha256,
    check: isConfig
      ? async (path) => void (await readHubConfig(path, `${shownUrl(url)}`))
      : (path) => checkContent(path, file.name),
    describe: (commit) =>
      describeSource({ ...source, file: file.name, revision: commit ?? file.commit ?? revision }),
    url,
    token: hub.token,
    plainOrigin: new URL(hub.endpoint).origin,
    hubHeaders: true,
    maxBytes: isConfig ? Math.min(MAX_CONFIG_BYTES, hub.limits.bytes) : hub.limits.bytes,
    optional: file.optional,
  });
}
