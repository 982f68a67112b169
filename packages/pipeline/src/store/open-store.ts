import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileError, PodiumError, writeFileAtomic } from '@podium/core';
import { FileHashes } from '../sources/file-hashes.ts';
import { type Attempt, removeFolder, startAttempt, sweep } from './attempts.ts';
import { type Check, checkEntry, type Entry, type Lookup } from './check-entry.ts';
import { lease, pin, pins, unpin } from './claims.ts';
import { collect, listEntries, removeEntry } from './collect.ts';
import { storeError, systemCode } from './failure.ts';
import { isKey, type Layout, layoutOf, MANIFEST } from './layout.ts';
import { withLock } from './lock.ts';
import { encodeManifest, type Manifest } from './manifest.ts';
import { sealOutputs, sync } from './outputs.ts';
import { notedSource, noteSource } from './source-notes.ts';
import type { Commitment, CommitOutcome, Store } from './store.ts';

const MARKER = '{ "format": 1, "what": "results of Podium, by key; safe to delete" }\n';

/**
 * Opens the store in a folder, making it where there is none, and removes what killed processes left in it. A folder
 * that cannot be written to can still be read from.
 *
 * @throws PodiumError `store-foreign-folder` where the folder holds something else, `store-format` for a store of
 * another version, `store-not-writable` where it cannot be made, `disk-full`.
 */
export async function openStore(folder: string): Promise<Store> {
  const layout = layoutOf(resolve(folder));
  await makeFolder(layout);
  await sweep(layout);
  const find = async (key: string, check: Check): Promise<Lookup> => {
    const found = await checkEntry(join(layout.entries, expectKey(key)), key, check);
    if (found.status === 'found') await touch(layout, key);
    return found;
  };
  return Object.freeze<Store>({
    folder: layout.folder,
    fileHashes: new FileHashes(layout.fileHashes),
    find,
    startAttempt: () => startAttempt(layout),
    workFolder: (key) => workFolder(layout, expectKey(key)),
    commit: (attempt, commitment) => commit(layout, attempt, commitment),
    withLock: (key, options, work) => withLock(layout.locks, expectKey(key), options, work),
    list: () => listEntries(layout),
    verify: async () => {
      const damaged: { key: string; damage: readonly string[] }[] = [];
      for (const { key } of await listEntries(layout)) {
        const found = await checkEntry(join(layout.entries, key), key, 'full');
        if (found.status === 'damaged') damaged.push({ key, damage: found.damage });
      }
      return damaged;
    },
    remove: (key) => removeEntry(layout, expectKey(key)),
    collect: (options) => collect(layout, options),
    pin: (name, keys) => pin(layout, name, keys.map(expectKey)),
    unpin: (name) => unpin(layout, name),
    pins: () => pins(layout),
    lease: (keys) => lease(layout, keys),
    noteSource: (identity) => noteSource(layout, identity),
    notedSource: (sha256) => notedSource(layout, sha256),
  });
}

async function makeFolder(layout: Layout): Promise<void> {
  try {
    await mkdir(layout.folder, { recursive: true });
  } catch (error) {
    throw storeError(error, layout.folder);
  }
  const marker = await readFile(layout.marker, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileError(error, layout.marker, 'read');
  });
  if (marker === undefined) {
    const names = (await readdir(layout.folder)).filter((name) => !/^\.podium-.*\.tmp$/.test(name));
    // Two processes may open a new store at the same time.
    if (names.some((name) => join(layout.folder, name) !== layout.marker))
      throw foreign(layout.folder, names);
    try {
      await writeFileAtomic(layout.marker, MARKER);
    } catch (error) {
      throw storeError(error, layout.folder);
    }
  } else if (!/"format": 1\b/.test(marker)) {
    throw new PodiumError({
      code: 'store-format',
      path: { file: layout.marker },
      message: 'the store was made by another version of Podium, or the file is damaged',
      expected: '"format": 1',
      fix: 'choose another folder for the store, or delete this one: its results are then made again',
    });
  }
}

async function commit(
  layout: Layout,
  attempt: Attempt,
  { key, parts, instance, stage, durationMs }: Commitment,
): Promise<{ outcome: CommitOutcome; entry: Entry }> {
  const target = join(layout.entries, expectKey(key));
  try {
    const sealed = await sealOutputs(stage.name, stage.outputs, attempt.outputFolder);
    const manifest: Manifest = {
      format: 1,
      key,
      instance,
      ...parts,
      ...sealed,
      attempt: attempt.id,
      durationMs: Math.round(durationMs),
    };
    await rm(attempt.scratchFolder, { recursive: true, force: true });
    await writeFileAtomic(join(attempt.folder, MANIFEST), encodeManifest(manifest));
    await mkdir(layout.entries, { recursive: true });
    // Twice at most: once more after a damaged entry was taken out of the way.
    for (;;) {
      if (await moved(attempt.folder, target)) {
        await sync(layout.entries);
        await touch(layout, key);
        await rm(join(layout.work, key), { recursive: true, force: true }).catch(() => {});
        const found = await checkEntry(target, key, 'quick');
        if (found.status !== 'found') throw lostEntry(layout.folder, key);
        return { outcome: 'new', entry: found.entry };
      }
      const there = await checkEntry(target, key, 'full');
      if (there.status === 'found') {
        await attempt.discard();
        return {
          outcome: sameBytes(there.entry.manifest, manifest) ? 'same' : 'different',
          entry: there.entry,
        };
      }
      await removeFolder(layout, target);
    }
  } catch (error) {
    throw storeError(error, layout.folder);
  }
}

async function workFolder(layout: Layout, key: string): Promise<string> {
  const folder = join(layout.work, key);
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (error) {
    throw storeError(error, layout.folder);
  }
}

/** False where something is there already: a rename never replaces a folder that is not empty. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(String(systemCode(error))) && (await exists(to)))
      return false;
    throw error;
  }
}

async function exists(folder: string): Promise<boolean> {
  return readdir(folder).then(
    () => true,
    () => false,
  );
}

function sameBytes(a: Manifest, b: Manifest): boolean {
  const hashes = ({ files }: Manifest) => files.map(({ path, sha256 }) => `${path} ${sha256}`).join('\n');
  return hashes(a) === hashes(b);
}

/** Marks an entry as used now, by the disk's own clock. Not being able to only makes collecting less apt. */
async function touch(layout: Layout, key: string): Promise<void> {
  await mkdir(layout.used, { recursive: true })
    .then(() => writeFile(join(layout.used, key), 'x'))
    .catch(() => {});
}

function expectKey(key: string): string {
  if (isKey(key)) return key;
  throw new PodiumError({
    code: 'store-bad-key',
    expected: '64 hexadecimal digits in lower case',
    got: JSON.stringify(key),
  });
}

function foreign(folder: string, names: readonly string[]): PodiumError {
  return new PodiumError({
    code: 'store-foreign-folder',
    path: { file: folder },
    expected: 'a store, or an empty folder',
    got: `a folder with ${names.length} other things in it, such as "${[...names].sort()[0]}"`,
    fix: 'choose another folder for the store',
  });
}

function lostEntry(folder: string, key: string): PodiumError {
  return new PodiumError({
    code: 'store-entry-lost',
    path: { file: folder, key },
    message: 'an entry was changed or removed in the moment it was made',
    fix: 'see what else works in this folder, then start again',
  });
}
