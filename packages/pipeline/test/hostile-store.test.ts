import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashBytes, PodiumError } from '@podium/core';
import { ALLOWED_SKIPS } from '@podium/test-kit/skips';
import { expect, onTestFinished, test } from 'vitest';
import {
  defineGraph,
  type Graph,
  inProcessExecutor,
  instance,
  openStore,
  run,
  type Store,
  source,
} from '../src/index.ts';
import { competition } from './graphs.ts';
import { split } from './stages.ts';

/*
 * An untrusted store: something in it is a link to a folder or file outside. Whatever is done with the
 * store, what is outside must stay as it is.
 */

/** A process of another machine, long ago: what it left counts as garbage. */
const FOREIGN = '00000000-4242-0123456789abcdef';
const KEY = hashBytes('unfinished');

/** `npm run test:hostile`: each attack before and after the store is opened. */
const EVERYTHING = process.env.PODIUM_HOSTILE === 'all';

interface Place {
  /** The project; its store is `project/.podium`. */
  readonly project: string;
  readonly store: string;
  readonly outside: string;
}

/** In memory if possible: a store flushes everything to disk, which takes most of the time. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'podium-pipeline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function smallGraph(data: string): Graph {
  return defineGraph({
    sources: { data: { kind: 'folder', type: 'competition', path: data } },
    seed: 7,
    instances: [instance('split', split, { settings: { folds: 2 }, inputs: { data: source('data') } })],
  });
}

/** A project with everything in its store that runs leave there. */
async function project(): Promise<Place> {
  const folder = temporaryFolder();
  const place = {
    project: join(folder, 'project'),
    store: join(folder, 'project/.podium'),
    outside: join(folder, 'outside'),
  };
  mkdirSync(place.project);
  const data = competition(place.project);
  const store = await openStore(place.store, { root: place.project });
  await run(smallGraph(data), store, inProcessExecutor(), { engine: 'e1' });
  await store.pin('run', [KEY]);
  await store.lease([KEY]);
  const claim = await store.tryClaim(KEY);
  const work = await claim!.workFolder();
  mkdirSync(join(work, 'checkpoints/step-1'), { recursive: true });
  writeFileSync(join(work, 'checkpoints/step-1/state.json'), '{}');
  await store.startAttempt();
  await claim!.release();
  mkdirSync(join(place.store, `attempts/${FOREIGN}`));
  writeFileSync(join(place.store, `leases/${FOREIGN}.json`), '{}');
  mkdirSync(join(place.store, `claims/${KEY}`), { recursive: true });
  writeFileSync(join(place.store, `claims/${KEY}/7`), JSON.stringify({ id: FOREIGN, leaseMs: 1e6 }));
  writeFileSync(join(place.store, `.clock-${FOREIGN}`), '');
  writeFileSync(join(place.store, `.podium-${FOREIGN}.tmp`), '');
  fillOutside(place.outside);
  return place;
}

/** Everything that a sweep could take for garbage of its own, old enough for all its rules. */
function fillOutside(outside: string): void {
  const names = ['a.txt', KEY, `${KEY}.json`, `${KEY}.owner`, FOREIGN, `${FOREIGN}.json`, 'manifest.json'];
  for (const folder of ['.', 'outputs', 'checkpoints', 'scratch', 'sub'])
    for (const name of [...names, `.podium-${FOREIGN}.tmp`, `.clock-${FOREIGN}`]) {
      mkdirSync(join(outside, folder), { recursive: true });
      writeFileSync(join(outside, folder, name), 'canary');
    }
  for (const path of below(outside)) utimesSync(join(outside, path), 1000, 1000);
}

/** Relative paths of all that is below a folder, parents first. */
function below(folder: string, at = ''): string[] {
  return readdirSync(join(folder, at), { withFileTypes: true }).flatMap((item) => {
    const path = at === '' ? item.name : `${at}/${item.name}`;
    return item.isDirectory() ? [path, ...below(folder, path)] : [path];
  });
}

function stateOf(folder: string): string[] {
  return ['.', ...below(folder)].map((path) => {
    const { mode, mtimeMs, ino, uid } = lstatSync(join(folder, path));
    const text = lstatSync(join(folder, path)).isFile() ? readFileSync(join(folder, path), 'utf8') : '';
    return `${path} ${mode} ${mtimeMs} ${ino} ${uid} ${text}`;
  });
}

/** All that anybody does with a store. Returns the files that were named by `link-refused`. */
async function useAll(place: Place, opened?: Store): Promise<string[]> {
  const named: string[] = [];
  const attempt = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      const { problem } = error as { problem?: { code: string; path?: { file?: string } } };
      // Only errors for people, never those of a bug.
      expect(problem, String(error)).toBeDefined();
      if (problem?.code === 'link-refused') named.push(problem.path!.file!);
      return undefined;
    }
  };
  const store = opened ?? (await attempt(() => openStore(place.store, { root: place.project })));
  if (store === undefined) return named;
  const entries = (await attempt(() => store.list())) ?? [];
  const keys = [KEY, ...entries.map(({ key }) => key)];
  await attempt(() => store.verify());
  await attempt(() => store.pins());
  await attempt(() => store.pin('run', keys));
  await attempt(() => store.unpin('run'));
  const graph = smallGraph(join(place.project, 'data'));
  await attempt(async () => {
    const report = await run(graph, store, inProcessExecutor(), { engine: 'e1' });
    for (const { error } of report.instances) if (error !== undefined) throw error;
  });
  for (const key of keys) {
    await attempt(() => store.find(key, 'full'));
    await attempt(() => store.sourceFiles(key));
    await attempt(async () => {
      const claim = await store.tryClaim(key);
      if (claim === undefined) return store.waitForClaim(key, AbortSignal.timeout(50)).catch(unlessProblem);
      try {
        await claim.workFolder();
        await claim.confirm();
      } finally {
        await claim.release(key !== KEY);
      }
    });
  }
  await attempt(() => store.collect({ maxAgeMs: -1e9, maxBytes: 0 }));
  for (const key of keys) await attempt(() => store.remove(key));
  return named;
}

function unlessProblem(error: unknown): void {
  if (error instanceof PodiumError) throw error;
}

/** A copy of a place, for one attack. */
function copyOf(place: Place): Place {
  const folder = temporaryFolder();
  const copy = {
    project: join(folder, 'project'),
    store: join(folder, 'project/.podium'),
    outside: join(folder, 'outside'),
  };
  cpSync(place.project, copy.project, { recursive: true, preserveTimestamps: true });
  fillOutside(copy.outside);
  return copy;
}

function plant(place: Place, path: string): string {
  const link = join(place.store, path);
  const isFolder = lstatSync(link).isDirectory();
  rmSync(link, { recursive: true });
  symlinkSync(isFolder ? place.outside : join(place.outside, 'a.txt'), link);
  return link;
}

test('a link at each path of a store leads nowhere: neither one that was there, nor one that comes while it is open', async () => {
  const original = await project();
  const paths = ['.', ...below(original.store)];
  expect(paths.length).toBeGreaterThan(25);
  for (const path of paths) {
    for (const isOpen of EVERYTHING ? [false, true] : [paths.indexOf(path) % 2 === 1]) {
      const place = copyOf(original);
      const before = stateOf(place.outside);
      const store = isOpen ? await openStore(place.store, { root: place.project }) : undefined;
      // Opening may have removed it as garbage.
      if (!below(place.project).includes(join('.podium', path))) continue;
      const link = plant(place, path);
      const named = await useAll(place, store);
      expect(stateOf(place.outside), path).toEqual(before);
      for (const file of named) expect(file, path).toBe(link);
      // Folders and files of the store's own, but not what an entry or a work folder holds.
      if (path === '.' || !path.includes('/')) {
        const isOwn = !/^\.(clock|podium-)/.test(path);
        if (isOwn && !isOpen) expect(named, path).toEqual([link]);
      }
      rmSync(place.project, { recursive: true });
    }
  }
});

test('a hard link at each path of a store: the file outside keeps its content', async () => {
  const original = await project();
  const files = below(original.store).filter((path) => lstatSync(join(original.store, path)).isFile());
  const kinds = new Map(files.map((path) => [path.replace(/[0-9a-f-]{20,}/g, ''), path]));
  for (const path of EVERYTHING ? files : kinds.values()) {
    const place = copyOf(original);
    rmSync(join(place.store, path));
    linkSync(join(place.outside, 'a.txt'), join(place.store, path));
    await useAll(place);
    expect(readFileSync(join(place.outside, 'a.txt'), 'utf8'), path).toBe('canary');
    rmSync(place.project, { recursive: true });
  }
});

test('what Podium did not name is never removed, however old', async () => {
  const { store: folder, project: root } = await project();
  const foreign = [
    'attempts/thesis',
    'leases/thesis.json',
    'work/thesis',
    'used/thesis',
    'sources/thesis.json',
  ];
  for (const path of foreign) {
    mkdirSync(join(folder, path));
    writeFileSync(join(folder, path, 'chapter'), 'canary');
    for (const below of ['chapter', '.']) utimesSync(join(folder, path, below), 1000, 1000);
  }
  const store = await openStore(folder, { root });
  await store.collect({ maxAgeMs: -1e9, maxBytes: 0 });
  for (const path of foreign) expect(readFileSync(join(folder, path, 'chapter'), 'utf8')).toBe('canary');
});

test('the way to the store may have links, and the store itself if its user names it', async () => {
  const { project: root, store, outside } = await project();
  symlinkSync(root, join(outside, 'way'));
  await openStore(join(outside, 'way/.podium'));
  symlinkSync(store, join(outside, 'results'));
  expect((await (await openStore(join(outside, 'results'))).list()).length).toBeGreaterThan(0);
  symlinkSync(store, join(outside, '.podium'));
  await expect(openStore(join(outside, '.podium'))).rejects.toMatchObject({ code: 'link-refused' });
  await openStore(join(outside, '.podium'), { root: join(outside, '.podium') });
});

test.each(['.', 'entries', 'attempts', 'claims', 'podium-store.json'])(
  'a store of which others may write to %s is rejected',
  async (path) => {
    const { store, project: root } = await project();
    chmodSync(join(store, path), 0o777);
    await expect(openStore(store, { root })).rejects.toMatchObject({
      problem: { code: 'owner-writable', path: { file: join(store, path) } },
    });
  },
);

test('a store of another user is rejected', async (context) => {
  if (process.geteuid?.() !== 0) return context.skip(ALLOWED_SKIPS.root);
  const { store, project: root } = await project();
  for (const path of ['entries', '.']) {
    chownSync(join(store, path), 54_321, 54_321);
    await expect(openStore(store, { root })).rejects.toMatchObject({
      problem: { code: 'owner-other', path: { file: join(store, path) } },
    });
    chownSync(join(store, path), 0, 0);
  }
  chownSync(root, 54_321, 54_321);
  await expect(openStore(store)).rejects.toThrow(/project: this project belongs to another user/);
});

test('a new store is closed to others, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    const { store } = await project();
    await openStore(store);
    const own = [
      '.',
      ...readdirSync(store),
      ...below(store).filter((path) => /^entries\/\w+(\/manifest.json)?$/.test(path)),
    ];
    expect(own.length).toBeGreaterThan(10);
    for (const path of own.filter((name) => !name.includes(FOREIGN)))
      expect(lstatSync(join(store, path)).mode & 0o022, path).toBe(0);
  } finally {
    process.umask(before);
  }
});
