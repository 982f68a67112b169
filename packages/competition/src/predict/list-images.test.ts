import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listImages } from './list-images.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'podium-predict-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  mkdirSync(join(path, 'images/b'), { recursive: true });
  for (const name of ['2.jpg', 'b/1.png', '.hidden.jpg', 'notes.txt'])
    writeFileSync(join(path, 'images', name), '');
  writeFileSync(join(path, 'outside.jpg'), '');
  return path;
}

test('images in a folder, and those behind links that stay in it', async () => {
  const images = join(folder(), 'images');
  symlinkSync('b', join(images, 'c'));
  const { root, rows } = await listImages([images]);
  expect(root).toBe(images);
  expect(rows.map(({ id }) => id)).toEqual(['2.jpg', 'b/1.png', 'c/1.png']);
});

test('links that lead out of the folder, also hidden ones, and pipes are rejected', async () => {
  const path = folder();
  const images = join(path, 'images');
  for (const name of ['x.jpg', '.x']) {
    symlinkSync('../outside.jpg', join(images, name));
    await expect(listImages([images])).rejects.toThrow(`${name}: this symbolic link leads out of the folder`);
    rmSync(join(images, name));
  }
  symlinkSync('../outside.jpg', join(images, 'x.jpg'));
  await expect(listImages([images])).rejects.toThrow('or name images instead of the folder');
  expect((await listImages([join(images, 'x.jpg'), join(images, '2.jpg')])).rows).toHaveLength(2);
  rmSync(join(images, 'x.jpg'));
  execFileSync('mkfifo', [join(images, 'pipe.jpg')]);
  await expect(listImages([images])).rejects.toMatchObject({ code: 'folder-special-file' });
  await expect(listImages([join(images, 'pipe.jpg')])).rejects.toMatchObject({
    problem: { code: 'predict-not-an-image', got: 'a named pipe' },
  });
});
