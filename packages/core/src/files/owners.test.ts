import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOWED_SKIPS } from '@podium/test-kit/skips';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { assertOwn } from './owners.ts';

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

test('a folder of another user is refused, unless its user says that it is safe', async (context) => {
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
  'a folder that others may write to (%o) is refused',
  async (mode) => {
    if (process.geteuid === undefined) return;
    const { store, check } = places();
    chmodSync(store, 0o755);
    await check();
    chmodSync(store, mode);
    await expect(check()).rejects.toThrow(/chmod -R go-w ".*store".*PODIUM_SAFE_FOLDERS/s);
    await check({ PODIUM_SAFE_FOLDERS: store });
    await assertOwn(store, { what: 'project', env: {} });
  },
);

test('what does not exist belongs to nobody', async () => {
  await assertOwn(join(temporaryFolder(), 'missing'), { what: 'store', private: true });
});
