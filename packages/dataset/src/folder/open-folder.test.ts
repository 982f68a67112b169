import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { png } from '../../test/images.ts';
import { temporaryFolder, writeFiles } from '../../test/temporary-folder.ts';
import { ignoredImages, openFolder } from './open-folder.ts';

async function open(files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return { folder, opened: await openFolder(folder) };
}

test('what systems and programs leave behind is left out, and told if it looks like an image', async () => {
  const { opened } = await open({
    'train/cat/1.jpg': 'x',
    'train/cat/._1.jpg': 'x',
    'train/cat/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg': 'x',
    'train/.thumbnails/large/1.png': 'x',
    'train/.ipynb_checkpoints/1-checkpoint.jpg': 'x',
    'train/2.jpg.part': 'x',
    '__MACOSX/train/cat/._1.jpg': 'x',
    'lost+found/1.jpg': 'x',
    '#recycle/1.jpg': 'x',
    '.git/1.jpg': 'x',
    'Thumbs.db': 'x',
    'THUMBS.DB': 'x',
    'Icon\r': 'x',
    '.DS_Store': 'x',
  });
  expect(opened.files).toEqual(['train/cat/1.jpg']);
  expect(opened.folders).toEqual(['train', 'train/cat']);
  expect(opened.ignored).toEqual([
    '#recycle/1.jpg',
    '__MACOSX/train/cat/._1.jpg',
    'lost+found/1.jpg',
    'train/.ipynb_checkpoints/1-checkpoint.jpg',
    'train/.thumbnails/large/1.png',
    'train/2.jpg.part',
    'train/cat/._1.jpg',
    'train/cat/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg',
  ]);
  expect(ignoredImages(opened)).toMatchObject([{ what: 'files', count: 8, of: 9 }]);
});

test('images of any format, by extension or else by their first bytes', async () => {
  const image = await png(1);
  const { opened } = await open({
    'a.JPE': 'x',
    'b.pgm': 'x',
    'c.heic': 'x',
    'd.jp2': 'x',
    cat: image,
    'cat.0': image,
    '2.image': image,
    'notes.txt': image,
    'train-images-idx3-ubyte': new Uint8Array([0, 0, 8, 3]),
    LICENSE: 'MIT',
    'empty.bin': '',
  });
  expect(opened.images).toEqual(['2.image', 'a.JPE', 'b.pgm', 'c.heic', 'cat', 'cat.0', 'd.jp2']);
});

test('empty folders and folders behind links count as folders', async () => {
  const { folder } = await open({ 'train/a/1.jpg': 'x' });
  mkdirSync(join(folder, 'train/b'));
  symlinkSync('a', join(folder, 'train/c'));
  expect((await openFolder(folder)).folders).toEqual(['train', 'train/a', 'train/b', 'train/c']);
});

test('a link out of the folder names the setting that allows it', async () => {
  const { folder } = await open({ 'train/a/1.jpg': 'x' });
  const { folder: outside } = await open({ 'b.jpg': 'x' });
  symlinkSync(join(outside, 'b.jpg'), join(folder, 'train/a/2.jpg'));
  await expect(openFolder(folder)).rejects.toThrow('set data.allowOutsideLinks: true');
  const { images } = await openFolder(folder, { allowOutsideLinks: true });
  expect(images).toEqual(['train/a/1.jpg', 'train/a/2.jpg']);
});

test('hidden links that lead out of the folder are rejected, too, although nothing behind them is data', async () => {
  const { folder } = await open({ 'train/a/1.jpg': 'x' });
  for (const name of ['.x', 'train/.x', '__MACOSX', 'train/1.jpg~']) {
    symlinkSync('/', join(folder, name));
    await expect(openFolder(folder)).rejects.toMatchObject({
      problem: { code: 'folder-outside-link', path: { file: name } },
    });
    expect((await openFolder(folder, { allowOutsideLinks: true })).files).toEqual(['train/a/1.jpg']);
    rmSync(join(folder, name));
  }
});

test('links to a folder above are nothing; broken links and pipes are named, and not opened', async () => {
  const { folder } = await open({ 'train/a/1.jpg': 'x' });
  symlinkSync('..', join(folder, 'train/a/up'));
  expect((await openFolder(folder)).files).toEqual(['train/a/1.jpg']);
  symlinkSync('missing', join(folder, 'train/broken.jpg'));
  await expect(openFolder(folder)).rejects.toMatchObject({
    problem: { code: 'folder-broken-link', path: { file: 'train/broken.jpg' } },
  });
  rmSync(join(folder, 'train/broken.jpg'));
  execFileSync('mkfifo', [join(folder, 'train/pipe.jpg')]);
  await expect(openFolder(folder)).rejects.toMatchObject({
    problem: { code: 'folder-special-file', path: { file: 'train/pipe.jpg' }, got: 'a named pipe' },
  });
});

test('links to each other, which make a tree without end, are rejected', async () => {
  const { folder } = await open({ 'l0/1.jpg': 'x' });
  for (let level = 1; level < 40; level++) {
    mkdirSync(join(folder, `l${level}`));
    for (const name of ['a', 'b']) symlinkSync(`../l${level - 1}`, join(folder, `l${level}`, name));
  }
  await expect(openFolder(folder)).rejects.toMatchObject({ code: 'folder-links' });
});
