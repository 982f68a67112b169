import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutSuperuser } from '@podium/test-kit/superuser';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { removeStaleTemporaries, temporaryName } from './temporary-files.ts';

/** Above the largest process id that Linux gives out (2^22), so never a living one. */
const DEAD = '999999999';

test('a temporary name is new each time, and hidden', () => {
  const [a, b] = [temporaryName(), temporaryName()];
  expect(a).not.toBe(b);
  expect(a.startsWith('.')).toBe(true);
});

test('removes what dead processes of this machine left, and nothing else', async () => {
  const folder = temporaryFolder();
  const own = temporaryName();
  const dead = own.replace(`-${process.pid}-`, `-${DEAD}-`);
  const elsewhere = dead.replace(
    /^\.podium-./,
    (start) => start.slice(0, -1) + (start.endsWith('0') ? '1' : '0'),
  );
  const kept = [own, elsewhere, `${dead}.csv`, `x${dead}`, dead.replace(DEAD, '0'), 'data.tmp'];
  for (const name of [dead, ...kept]) writeFileSync(join(folder, name), 'x');
  expect(await removeStaleTemporaries(folder)).toEqual([dead]);
  expect(readdirSync(folder).sort()).toEqual(kept.sort());
});

test('leaves what may not be removed, and continues', async () => {
  const folder = temporaryFolder();
  const dead = temporaryName().replace(`-${process.pid}-`, `-${DEAD}-`);
  writeFileSync(join(folder, dead), 'x');
  chmodSync(folder, 0o555);
  expect(await withoutSuperuser(() => removeStaleTemporaries(folder))).toEqual([]);
  expect(readdirSync(folder)).toEqual([dead]);
});

test('a folder that is not there holds none', async () => {
  expect(await removeStaleTemporaries(join(temporaryFolder(), 'missing'))).toEqual([]);
});
