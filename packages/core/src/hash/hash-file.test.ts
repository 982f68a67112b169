import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { hashBytes } from './hash-bytes.ts';
import { hashFile } from './hash-file.ts';

test.each([0, 1, (1 << 20) - 1, 1 << 20, 3_500_000])(
  'hashes a file of %i bytes as its bytes',
  async (size) => {
    const path = join(temporaryFolder(), 'x.bin');
    const bytes = Buffer.alloc(size).map((_, i) => i * 31);
    await writeFile(path, bytes);
    expect(await hashFile(path)).toBe(hashBytes(bytes));
  },
);

test('names a missing file, and a folder', async () => {
  const folder = temporaryFolder();
  const missing = join(folder, 'missing.bin');
  await expect(hashFile(missing)).rejects.toMatchObject({
    problem: { code: 'file-not-found', path: { file: missing } },
  });
  await expect(hashFile(folder)).rejects.toMatchObject({
    problem: { code: 'file-is-folder', path: { file: folder } },
  });
});
