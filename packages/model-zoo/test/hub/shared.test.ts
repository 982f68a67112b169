import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ALLOWED_SKIPS } from '@podium/test-kit/skips';
import { beforeEach, expect, test } from 'vitest';
import { failure, makeSandbox, sha256, startHub, temporaryFolder, weights } from './sandbox.ts';

/*
 * One cache for two users: what the other one put there must never be computed with, unless its checksum is known from
 * elsewhere. As root, "the other one" is a user who owns the files.
 */
const OTHER = 54_321;
const NAME = 'model.safetensors';
const HF = { kind: 'hf', repo: 'timm/net', file: NAME } as const;
const FOLDER = 'weights-1/hf/timm/net/main';
const good = weights();
const bad = weights(3000, 2);

beforeEach((context) => {
  if (process.geteuid?.() !== 0) context.skip(ALLOWED_SKIPS.root);
});

/** A cache in which the other user has stored `bytes` as the weights, with a record that fits them. */
async function cacheOfOther(bytes: Buffer, mode: number): Promise<string> {
  const hub = await startHub({ [NAME]: bytes });
  const theirs = makeSandbox({ HF_ENDPOINT: hub.origin });
  await theirs.fetch(HF);
  const cache = join(temporaryFolder(), 'cache');
  cpSync(join(theirs.cache, '..'), cache, { recursive: true, preserveTimestamps: true });
  giveAway(cache);
  chmodSync(cache, mode);
  return cache;
}

function giveAway(folder: string): void {
  chownSync(folder, OTHER, OTHER);
  for (const item of readdirSync(folder, { recursive: true }))
    chownSync(join(folder, String(item)), OTHER, OTHER);
}

async function own(cache: string) {
  const home = temporaryFolder();
  const hub = await startHub({ [NAME]: good });
  const sandbox = makeSandbox({ HF_ENDPOINT: hub.origin, PODIUM_CACHE: cache, HOME: home });
  return { home, hub, sandbox, kept: join(home, '.cache/podium', FOLDER, NAME) };
}

test.each([0o755, 0o775, 0o777, 0o1777])(
  'weights of another user (%o) are not taken, but downloaded',
  async (mode) => {
    const cache = await cacheOfOther(bad, mode);
    const { sandbox, hub, kept } = await own(cache);
    const { path: found } = await sandbox.fetch(HF);
    expect(found).toBe(kept);
    expect(readFileSync(kept).equals(good)).toBe(true);
    expect(hub.asked().length).toBeGreaterThan(0);
    expect(readFileSync(join(cache, FOLDER, NAME)).equals(bad)).toBe(true);
  },
);

test('those whose checksum is known are copied, also without a network', async () => {
  const { sandbox, hub, kept } = await own(await cacheOfOther(good, 0o755));
  const { path: found } = await sandbox.fetch({ ...HF, sha256: sha256(good) }, { offline: true });
  expect(found).toBe(kept);
  expect(readFileSync(kept).equals(good)).toBe(true);
  expect(statSync(kept).uid).toBe(0);
  expect(hub.asked()).toEqual([]);
});

test('other bytes than those of the checksum are not', async () => {
  const cache = await cacheOfOther(bad, 0o777);
  const { sandbox, kept } = await own(cache);
  const wanted = { ...HF, sha256: sha256(good) };
  expect(await failure(sandbox.fetch(wanted, { offline: true }))).toMatchObject({ code: 'weights-offline' });
  await sandbox.fetch(wanted);
  expect(readFileSync(kept).equals(good)).toBe(true);
});

test('in a cache like /tmp, each user has an own folder, and none that somebody else made', async () => {
  const cache = join(temporaryFolder(), 'cache');
  mkdirSync(cache);
  chmodSync(cache, 0o1777);
  const { sandbox } = await own(cache);
  expect((await sandbox.fetch(HF)).path).toBe(join(cache, 'user-0', FOLDER, NAME));
  giveAway(join(cache, 'user-0'));
  expect(await failure(sandbox.fetch(HF))).toMatchObject({ code: 'owner-other' });
});

test.each([
  ['the weights', ''],
  ['their record', '.podium.json'],
])(
  'a folder in the own cache that others may write to is closed, and not believed: %s',
  async (_, ending) => {
    const cache = join(temporaryFolder(), 'cache');
    const { sandbox, hub } = await own(cache);
    const { path } = await sandbox.fetch(HF);
    const asked = hub.asked().length;
    chmodSync(join(cache, FOLDER), 0o777);
    // One of the two was written in place, since it could be; the other one was replaced.
    const record = readFileSync(`${path}.podium.json`, 'utf8').replace(sha256(good), sha256(bad));
    writeFileSync(path, bad);
    writeFileSync(`${path}.podium.json`, record);
    chmodSync(`${path}${ending}`, 0o666);
    await sandbox.fetch(HF);
    expect(readFileSync(path).equals(good)).toBe(true);
    expect(hub.asked().length).toBeGreaterThan(asked);
    for (const closed of [join(cache, FOLDER), path, `${path}.podium.json`])
      expect(statSync(closed).mode & 0o022).toBe(0);
    chownSync(`${path}${ending}`, OTHER, OTHER);
    await sandbox.fetch(HF);
    expect(statSync(`${path}${ending}`).uid).toBe(0);
  },
);
