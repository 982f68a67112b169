import { lstat, mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  assertOwn,
  inFolder,
  linkRefused,
  PodiumError,
  readText,
  removeTree,
  writeFileAtomic,
  writeMark,
} from '@podium/core';
import { FileHashes } from '../sources/file-hashes.ts';
import { type Attempt, moveFolder, removeFolder, startAttempt, sweep } from './attempts.ts';
import { type Check, checkEntry, type Entry, type Lookup } from './check-entry.ts';
import { type Claim, Claims } from './claim.ts';
import { collect, listEntries, removeEntry } from './collect.ts';
import { storeError, systemCode } from './failure.ts';
import { isKey, type Layout, layoutOf, MANIFEST, namesOf, OWN } from './layout.ts';
import { encodeManifest, type Manifest } from './manifest.ts';
import { listBelow, sealFiles, sealOutputs, sync } from './outputs.ts';
import { lease, pin, pins, unpin } from './pins.ts';
import { saveSourceFiles, sourceFiles } from './source-files.ts';
import type { CommitOptions, CommitOutcome, Store } from './store.ts';

/** The store beside settings. */
const OF_PROJECT = '.podium';
const PRIVATE = { what: 'store', private: true } as const;
const MARKER = '{ "format": 1, "what": "results of Podium, by key; safe to delete" }\n';

export interface StoreOptions {
  /**
   * The folder, or one above it: no link below it is followed. Default: for `.podium`, the project that it is in; else the
   * folder itself, since whoever names another one may well name a link.
   */
  readonly root?: string;
  /**
   * A process that computes a key and shows no sign of life for this long loses its claim on it to another one;
   * default: 15 s.
   */
  readonly leaseMs?: number;
}

/**
 * Opens the store in a folder, creates it if needed, and removes leftovers of killed processes. A read-only store can
 * still be read.
 *
 * @throws PodiumError `store-foreign-folder` if the folder contains something else, `store-format` for a store of
 * another version, `store-not-writable` if it cannot be created, `disk-full`, `link-refused` for a link among the
 * store's own files, `owner-other` and `owner-writable` for a store or project that others may have written to
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  const isOfProject = basename(resolve(folder)) === OF_PROJECT;
  const { root = isOfProject ? dirname(resolve(folder)) : folder } = options;
  if (isOfProject) await assertOwn(root, { what: 'project' });
  const layout = layoutOf(resolve(folder), resolve(root));
  await makeFolder(layout);
  await assertSafe(layout);
  const claims = new Claims(layout, options.leaseMs);
  await sweep(layout);
  await claims.sweep();
  const find = async (key: string, check: Check): Promise<Lookup> => {
    const found = await checkEntry(join(layout.entries, assertKey(key)), key, check, layout.root);
    if (found.status === 'found') await touch(layout, key);
    return found;
  };
  return Object.freeze<Store>({
    folder: layout.folder,
    fileHashes: new FileHashes(layout.fileHashes, layout.root),
    find,
    startAttempt: () => startAttempt(layout),
    commit: (attempt, options) => commit(layout, attempt, options),
    adopt: (attempt, manifest) => adopt(layout, attempt, manifest),
    tryClaim: (key) => claims.tryClaim(assertKey(key)),
    waitForClaim: (key, signal) => claims.wait(assertKey(key), signal),
    list: () => listEntries(layout),
    verify: async () => {
      const damaged: { key: string; damage: readonly string[] }[] = [];
      for (const { key } of await listEntries(layout)) {
        const found = await checkEntry(join(layout.entries, key), key, 'full', layout.root);
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
    await mkdir(layout.root, { recursive: true, mode: OWN.mode });
    await inFolder(layout.root, layout.folder, async () => {}, OWN);
  } catch (error) {
    throw storeError(error, layout.folder);
  }
  await assertOwn(layout.folder, PRIVATE);
  const { root } = layout;
  const marker = await readText(layout.marker, { root, maxBytes: 10_000 }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (marker === undefined) {
    const names = (await readdir(layout.folder)).filter((name) => !/^\.podium-.*\.tmp$/.test(name));
    // Two processes may open a new store at the same time.
    if (names.some((name) => join(layout.folder, name) !== layout.marker))
      throw foreign(layout.folder, names);
    try {
      await writeFileAtomic(layout.marker, MARKER, { root, mode: OWN.mode });
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

/** No links, and nothing that others may write to; early, so that a run does not find out after hours. */
async function assertSafe(layout: Layout): Promise<void> {
  await inFolder(layout.root, layout.folder, async ({ at, path }) => {
    for (const name of namesOf(layout)) {
      const found = await lstat(at(name)).catch(() => undefined);
      if (found?.isSymbolicLink()) throw linkRefused(join(path, name));
      await assertOwn(at(name), { ...PRIVATE, name: join(path, name), whole: path });
    }
  });
}

async function commit(
  layout: Layout,
  attempt: Attempt,
  { key, parts, instance, stage, durationMs, claim }: CommitOptions,
): Promise<{ outcome: CommitOutcome; entry: Entry }> {
  const { root } = layout;
  const target = join(layout.entries, assertKey(key));
  try {
    const contents = await sealOutputs(stage.name, stage.outputs, attempt.outputFolder, root);
    const manifest: Manifest = {
      format: 1,
      key,
      instance,
      ...parts,
      ...contents,
      attempt: attempt.id,
      durationMs: Math.round(durationMs),
    };
    await attempt.seal();
    await writeFileAtomic(join(attempt.folder, MANIFEST), encodeManifest(manifest), {
      root,
      mode: OWN.mode,
    });
    const sealed = await underClaim(layout, attempt, claim);
    // At most twice: the second time after a damaged entry was removed.
    for (;;) {
      if (await moveInto(layout, sealed, target)) {
        await sync(layout.entries);
        await touch(layout, key);
        for (const name of [key, `${key}.${claim?.id}`])
          await removeTree(join(layout.work, name), { root }).catch(() => {});
        const found = await checkEntry(target, key, 'quick', root);
        if (found.status !== 'found') throw lostEntry(layout.folder, key);
        return { outcome: 'new', entry: found.entry };
      }
      const existing = await checkEntry(target, key, 'full', root);
      if (existing.status === 'found') {
        await removeTree(sealed, { root });
        return {
          outcome: sameBytes(existing.entry.manifest, manifest) ? 'same' : 'different',
          entry: existing.entry,
        };
      }
      await removeFolder(layout, target);
    }
  } catch (error) {
    // Whoever took the claim over has moved the attempt away.
    if (systemCode(error) === 'ENOENT') await claim?.confirm();
    throw storeError(error, layout.folder);
  }
}

async function adopt(layout: Layout, attempt: Attempt, manifest: Manifest): Promise<Entry> {
  const { root } = layout;
  const { key } = manifest;
  const target = join(layout.entries, assertKey(key));
  try {
    const found = await listBelow(attempt.outputFolder, root);
    const files = await sealFiles(found, attempt.outputFolder, root);
    const own = { ...manifest, files };
    if (found.others.length > 0 || !sameBytes(own, manifest)) throw notWhole(layout.folder, key);
    await attempt.seal();
    await writeFileAtomic(join(attempt.folder, MANIFEST), encodeManifest(own), { root, mode: OWN.mode });
    // If another process was faster, its entry has the same bytes.
    if (await moveInto(layout, attempt.folder, target)) await sync(layout.entries);
    await touch(layout, key);
    const entry = await checkEntry(target, key, 'full', root);
    if (entry.status === 'found') return entry.entry;
    throw lostEntry(layout.folder, key);
  } catch (error) {
    throw storeError(error, layout.folder);
  }
}

/**
 * Moves an attempt to the place that whoever takes the claim over clears first, then confirms the claim: if it was taken
 * over before, that fails; if it is taken over from now on, the attempt is gone.
 */
async function underClaim(layout: Layout, attempt: Attempt, claim: Claim | undefined): Promise<string> {
  if (claim === undefined) return attempt.folder;
  const folder = join(layout.attempts, claim.id);
  await moveFolder(layout, attempt.folder, folder);
  try {
    await claim.confirm();
    return folder;
  } catch (error) {
    await removeTree(folder, { root: layout.root });
    throw error;
  }
}

/** Returns false if the target exists: a rename never replaces a folder that is not empty. */
async function moveInto(layout: Layout, from: string, to: string): Promise<boolean> {
  try {
    await moveFolder(layout, from, to);
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
  const { root } = layout;
  await writeMark(join(layout.used, key), 'x', { root, ...OWN }).catch((error: unknown) => {
    if (error instanceof PodiumError) throw error;
  });
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

function notWhole(folder: string, key: string): PodiumError {
  return new PodiumError({
    code: 'artifact-damaged',
    path: { file: folder, key },
    message: 'the files that were fetched for an entry are not those of its manifest',
    fix: 'find out what else writes to this folder, then start again',
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
