import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOWED_SKIPS } from '@podium/test-kit/skips';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { assertOwn, ownPartOf } from './owners.ts';

const OTHER = 54_321;
const IS_ROOT = process.geteuid?.() === 0;

function places() {
  const home = temporaryFolder();
  const store = join(home, 'project/store');
  mkdirSync(store, { recursive: true });
  mkdirSync(join(home, 'podium'));
  const env = { XDG_CONFIG_HOME: home };
  const check = (more: object = {}) =>
    assertOwn(store, { what: 'store', private: true, env: { ...env, ...more } });
  return { home, store, check };
}

test('a folder of another user is rejected, unless its user says that it is safe', async (context) => {
  if (!IS_ROOT) return context.skip(ALLOWED_SKIPS.root);
  const { home, store, check } = places();
  await check();
  chownSync(store, OTHER, OTHER);
  await expect(check()).rejects.toMatchObject({ code: 'owner-other' });
  await expect(check()).rejects.toThrow(/54321.*PODIUM_SAFE_FOLDERS=".*store".*--user/s);
  await check({ SUDO_UID: String(OTHER) });
  await expect(check({ SUDO_UID: '1' })).rejects.toMatchObject({ code: 'owner-other' });
  for (const folders of [store, join(home, 'project'), `/elsewhere:${home}`, '*', '/'])
    await check({ PODIUM_SAFE_FOLDERS: folders });
  for (const folders of ['', '.', 'project', `${store}x`, join(store, 'below'), `${home}/proj`])
    await expect(check({ PODIUM_SAFE_FOLDERS: folders })).rejects.toMatchObject({ code: 'owner-other' });
  // The project does not vouch for itself.
  writeFileSync(join(store, 'safe-folders'), '*');
  await expect(check()).rejects.toMatchObject({ code: 'owner-other' });
  writeFileSync(join(home, 'podium/safe-folders'), `/elsewhere\n${store}\n`);
  await check();
});

test.each([0o775, 0o757, 0o777, 0o1777])(
  'a folder that others may write to (%o) is rejected',
  async (mode) => {
    if (process.geteuid === undefined) return;
    const { store, check } = places();
    if (IS_ROOT) chownSync(store, 0, OTHER);
    chmodSync(store, 0o755);
    await check();
    chmodSync(store, mode);
    // Elsewhere, the group may be the user alone.
    if (!IS_ROOT && mode === 0o775) return;
    await expect(check()).rejects.toThrow(/chmod -R go-w ".*store".*PODIUM_SAFE_FOLDERS/s);
    await check({ PODIUM_SAFE_FOLDERS: store });
    await assertOwn(store, { what: 'project', env: {} });
  },
);

test('a group with the number of the owner is the owner alone', async () => {
  if (process.getegid?.() !== process.geteuid?.()) return;
  const { store, check } = places();
  chmodSync(store, 0o775);
  await check();
});

test('the own part of a shared folder', (context) => {
  if (!IS_ROOT) return context.skip(ALLOWED_SKIPS.root);
  const { store, home } = places();
  const env = { XDG_CONFIG_HOME: home };
  expect(ownPartOf(join(store, 'missing'), env)).toBe(join(store, 'missing'));
  expect(ownPartOf(store, env)).toBe(store);
  // Where everybody may create files, but rename only their own.
  chmodSync(store, 0o1777);
  const own = join(store, 'user-0');
  expect(ownPartOf(store, env)).toBe(own);
  mkdirSync(own, 0o755);
  expect(ownPartOf(store, env)).toBe(own);
  chownSync(own, OTHER, OTHER);
  expect(() => ownPartOf(store, env)).toThrow(/user-0: this cache belongs to another user/);
  rmSync(own, { recursive: true });
  symlinkSync(home, own);
  expect(() => ownPartOf(store, env)).toThrow(/user-0: /);
  // Where others may rename what is the user's own.
  chmodSync(store, 0o777);
  expect(ownPartOf(store, env)).toBeUndefined();
  chmodSync(store, 0o755);
  chownSync(store, OTHER, OTHER);
  expect(ownPartOf(store, env)).toBeUndefined();
  expect(ownPartOf(store, { ...env, PODIUM_SAFE_FOLDERS: store })).toBe(store);
});

test('what does not exist belongs to nobody', async () => {
  await assertOwn(join(temporaryFolder(), 'missing'), { what: 'store', private: true });
});
