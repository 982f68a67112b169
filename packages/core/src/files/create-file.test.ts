import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFile } from './create-file.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-create-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('of many that create a file one succeeds, and the file has its content', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'claims', '1');
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, i) => createFile(file, `by ${i}`, { root: folder, create: true })),
  );
  expect(made.filter(Boolean)).toEqual([true]);
  expect(readFileSync(file, 'utf8')).toBe(`by ${made.indexOf(true)}`);
  expect(readdirSync(join(folder, 'claims'))).toEqual(['1']);
});

test('an existing link counts as a file, and its target stays as it is', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'target'), 'old');
  symlinkSync(join(folder, 'target'), join(folder, 'name'));
  expect(await createFile(join(folder, 'name'), 'new', { root: folder })).toBe(false);
  expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('old');
  await expect(createFile(join(folder, 'absent', 'name'), 'x', { root: folder })).rejects.toThrow('ENOENT');
});
