import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PodiumError, processName } from '@podium/core';
import { concurrently } from '../concurrently.ts';
import type { Lookup } from '../store/check-entry.ts';
import { OUTPUTS } from '../store/layout.ts';
import type { Manifest } from '../store/manifest.ts';
import type { Store } from '../store/store.ts';
import { type ArtifactStore, FOLDERS } from './artifact-store.ts';

const CONCURRENCY = 4;
/** Leases are renewed this often: whoever collects counts one of a day as left behind. */
const RENEW_MS = 3_600_000;

/**
 * A store with results of other machines behind it: what it lacks is fetched, and what is computed is put there, too. Its
 * folder is the cache in front. Every file is checked by its hash when it is fetched; of two results for one key, the
 * first one stays.
 */
export function withArtifacts(store: Store, artifacts: ArtifactStore): Store {
  /** The entry in the store, after fetching it if the artifacts have all of it. */
  const fetchEntry = async (key: string): Promise<Lookup> => {
    const manifest = await artifacts.manifest(key);
    if (manifest === undefined) return { status: 'absent' };
    const attempt = await store.startAttempt();
    try {
      for (const { kind, path } of Object.values(manifest.outputs))
        if (kind === 'folder') await mkdir(join(attempt.outputFolder, path), { recursive: true });
      const got = await concurrently(manifest.files, CONCURRENCY, async ({ path, sha256 }) => {
        const file = join(attempt.outputFolder, path);
        await mkdir(dirname(file), { recursive: true });
        return artifacts.get(sha256, file);
      });
      // A collection was faster.
      if (got.includes(false)) return { status: 'absent' };
      return { status: 'found', entry: await store.adopt(attempt, manifest) };
    } finally {
      await attempt.discard();
    }
  };
  return Object.freeze<Store>({
    ...store,
    find: async (key, check) => {
      const here = await store.find(key, check);
      if (here.status !== 'absent') return here;
      if (check === 'full') return fetchEntry(key);
      const manifest = await artifacts.manifest(key);
      if (manifest === undefined) return here;
      return { status: 'found', entry: { key, manifest, outputs: pathsOf(store, manifest) } };
    },
    commit: async (attempt, options) => {
      const made = await store.commit(attempt, options);
      const { manifest } = made.entry;
      const root = join(store.folder, 'entries', options.key, OUTPUTS);
      await concurrently(manifest.files, CONCURRENCY, ({ path, sha256 }) =>
        artifacts.put(join(root, path), sha256),
      );
      if (await artifacts.putManifest(manifest)) return made;
      const first = await artifacts.manifest(options.key);
      if (first === undefined || sameFiles(first, manifest)) return made;
      await store.remove(options.key);
      const fetched = await fetchEntry(options.key);
      if (fetched.status === 'found') return { outcome: 'different', entry: fetched.entry };
      throw new PodiumError({
        code: 'artifact-damaged',
        path: { file: artifacts.name, key: options.key },
        message: 'an entry that another machine stored has lost its files',
        fix: 'delete the entry: it is then computed again',
      });
    },
    lease: async (keys) => {
      const endHere = await store.lease(keys);
      const path = `${FOLDERS.leases}${processName()}.json`;
      const bytes = Buffer.from(JSON.stringify({ keys }));
      await artifacts.objects.write(path, bytes);
      const renew = setInterval(
        () => void artifacts.objects.write(path, bytes).catch(() => {}),
        RENEW_MS,
      ).unref();
      return async () => {
        clearInterval(renew);
        await endHere();
        await artifacts.objects.remove(path).catch(() => {});
      };
    },
  });
}

function pathsOf(store: Store, { key, outputs }: Manifest): Record<string, string> {
  const root = join(store.folder, 'entries', key, OUTPUTS);
  return Object.fromEntries(Object.entries(outputs).map(([name, { path }]) => [name, join(root, path)]));
}

function sameFiles(a: Manifest, b: Manifest): boolean {
  const hashes = ({ files }: Manifest) => files.map(({ path, sha256 }) => `${path} ${sha256}`).join('\n');
  return hashes(a) === hashes(b);
}
