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
import { saveSourceFiles, sourceFiles } from './source-files.ts';
import type { CommitOptions, CommitOutcome, Store } from './store.ts';

const MARKER = '{ "format": 1, "what": "results of Podium, by key; safe to delete" }\n';

/**
 * Opens the store in a folder, creates it if needed, and removes leftovers of killed processes. A read-only store can
 * still be read.
 *
 * @throws PodiumError `store-foreign-folder` if the folder contains something else, `store-format` for a store of
 * another version, `store-not-writable` if it cannot be created, `disk-full`
 */
export async function openStore(folder: string): Promise<Store> {
  const layout = layoutOf(resolve(folder));
  await makeFolder(layout);
  await sweep(layout);
  const find = async (key: string, check: Check): Promise<Lookup> => {
    const found = await checkEntry(join(layout.entries, assertKey(key)), key, check);
    if (found.status === 'found') await touch(layout, key);
    return found;
  };
  return Object.freeze<Store>({
    folder: layout.folder,
    fileHashes: new FileHashes(layout.fileHashes),
    find,
    startAttempt: () => startAttempt(layout),
    workFolder: (key) => workFolder(layout, assertKey(key)),
    commit: (attempt, options) => commit(layout, attempt, options),
    withLock: (key, options, work) => withLock(layout.locks, assertKey(key), options, work),
    list: () => listEntries(layout),
    verify: async () => {
      const damaged: { key: string; damage: readonly string[] }[] = [];
      for (const { key } of await listEntries(layout)) {
        const found = await checkEntry(join(layout.entries, key), key, 'full');
        if (found.status === 'damaged') damaged.push({ key, damage: found.damage });
      }
      return damaged;
    },
    remove: (key) => removeEntry(layout, assertKey(key)),
    collect: (options) => collect(layout, options),
    pin: (name, keys) => pin(layout, name, keys.map(assertKey)),
    unpin: (name) => unpin(layout, name),
    pins: () => pins(layout),
    lease: (keys) => lease(layout, keys),
    saveSourceFiles: (identity) => saveSourceFiles(layout, identity),
    sourceFiles: (sha256) => sourceFiles(layout, sha256),
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
      message: 'the store belongs to another version of Podium, or the file is damaged',
      expected: '"format": 1',
      fix: 'choose another folder for the store, or delete this one: its results are then recomputed',
    });
  }
}

async function commit(
  layout: Layout,
  attempt: Attempt,
  { key, parts, instance, stage, durationMs }: CommitOptions,
): Promise<{ outcome: CommitOutcome; entry: Entry }> {
  const target = join(layout.entries, assertKey(key));
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
    // At most twice: the second time after a damaged entry was removed.
    for (;;) {
      if (await moveInto(attempt.folder, target)) {
        await sync(layout.entries);
        await touch(layout, key);
        await rm(join(layout.work, key), { recursive: true, force: true }).catch(() => {});
        const found = await checkEntry(target, key, 'quick');
        if (found.status !== 'found') throw lostEntry(layout.folder, key);
        return { outcome: 'new', entry: found.entry };
      }
      const existing = await checkEntry(target, key, 'full');
      if (existing.status === 'found') {
        await attempt.discard();
        return {
          outcome: sameBytes(existing.entry.manifest, manifest) ? 'same' : 'different',
          entry: existing.entry,
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

/** Returns false if the target exists: a rename never replaces a folder that is not empty. */
async function moveInto(from: string, to: string): Promise<boolean> {
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

/** Marks an entry as used now, by the disk's clock. A failure only makes collection less precise. */
async function touch(layout: Layout, key: string): Promise<void> {
  await mkdir(layout.used, { recursive: true })
    .then(() => writeFile(join(layout.used, key), 'x'))
    .catch(() => {});
}

function assertKey(key: string): string {
  if (isKey(key)) return key;
  throw new PodiumError({
    code: 'store-bad-key',
    expected: '64 lowercase hexadecimal digits',
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
    message: 'an entry was changed or removed while it was being stored',
    fix: 'find out what else writes to this folder, then start again',
  });
}
