import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Split } from '../layouts/layout.ts';
import { ImageIndex } from './image-index.ts';

const ANYWHERE = { train: undefined, test: undefined };

/** What each name finds, all of them announced first: a path, `none`, or the code of the error. */
function found(images: readonly string[], names: readonly string[], split: Split = 'test'): string[] {
  const index = new ImageIndex(images, ANYWHERE);
  index.reserve(names, split);
  return names.map((name) => lookUp(index, name, split));
}

function lookUp(index: ImageIndex, name: string, split: Split): string {
  try {
    return index.find(name, split, {}) ?? 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('names and the images that they mean', () => {
  test.each<[title: string, images: string[], names: string[], expected: string[]]>([
    [
      'whole names before names without extension, in any order',
      ['x.png.jpg', 'x.png', '7.jpg', '7.png', 'z.jpg.png', 'z.jpg'],
      ['x.png', 'x.png.jpg', '7.png', '7.jpg', 'z.jpg', 'z.jpg.png'],
      ['x.png', 'x.png.jpg', '7.png', '7.jpg', 'z.jpg', 'z.jpg.png'],
    ],
    [
      'another extension, unless another name asks for the file',
      ['t1.jpg', 't2.jpg', 't3.webp'],
      ['t1.png', 't1.jpg', 't2.png', 't3.png'],
      ['none', 't1.jpg', 't2.jpg', 't3.webp'],
    ],
    ['a name without extension before one with another', ['a.jpg'], ['a.png', 'a'], ['none', 'a.jpg']],
    [
      'only extensions of images are extensions',
      ['aq.jpg', '1.jpg', '007.png', '7.png'],
      ['aq.dog', '1.0', '007', '7'],
      ['none', 'none', '007.png', '7.png'],
    ],
    [
      'two names for one file',
      ['a.webp'],
      ['a.jpg', 'a.png'],
      ['layout-ambiguous-image', 'layout-ambiguous-image'],
    ],
    [
      'two ways to write one path',
      ['d/a.png'],
      ['d/a.png', './d/a.png', 'd\\a.png'],
      ['layout-ambiguous-image', 'layout-ambiguous-image', 'layout-ambiguous-image'],
    ],
    ['two files for one name', ['a/1.png', 'b/1.png'], ['1', 'b/1'], ['layout-ambiguous-image', 'b/1.png']],
    ['upper and lower case, if nothing is exact', ['A.JPG', 'b.Png'], ['a.jpg', 'b.png'], ['A.JPG', 'b.Png']],
    ['case that tells files apart', ['a.jpg', 'A.jpg'], ['a.jpg', 'A.jpg'], ['a.jpg', 'A.jpg']],
    [
      'both Unicode forms',
      ['u\u0308ber.png', 'caf\u00e9.png'],
      ['\u00fcber.png', 'cafe\u0301'],
      ['u\u0308ber.png', 'caf\u00e9.png'],
    ],
    [
      'backslashes, and a dot in front',
      ['train/cat/1.png', 'train/dog/1.png'],
      ['train\\cat\\1.png', '.\\train\\dog\\1.png'],
      ['train/cat/1.png', 'train/dog/1.png'],
    ],
    [
      'percent signs that are part of a name, and encoded ones',
      ['50%25.jpg', 'my cat.jpg', '100%.jpg'],
      ['50%25.jpg', 'my%20cat.jpg', '100%.jpg'],
      ['50%25.jpg', 'my cat.jpg', '100%.jpg'],
    ],
    [
      'addresses',
      ['images/my cat 1.jpg', 'images/2.jpg', 'images/3.jpg'],
      ['http://host:80/data/upload/3/my%20cat%201.jpg', 'https://h/2.jpg?x=1#y', 'file:///C:/a/3.jpg'],
      ['images/my cat 1.jpg', 'images/2.jpg', 'images/3.jpg'],
    ],
    [
      'local files of Label Studio',
      ['images/1.jpg', 'images/a b.jpg'],
      ['/data/local-files/?d=images/1.jpg', '/data/local-files/?d=images/a%20b.jpg'],
      ['images/1.jpg', 'images/a b.jpg'],
    ],
    [
      'paths of another machine: folders that differ are kept',
      ['train/cat/1.jpg', 'train/cat/2.jpg'],
      ['/home/bob/all/train/cat/1.jpg', '/home/bob/all/train/dog/2.jpg'],
      ['train/cat/1.jpg', 'none'],
    ],
    [
      'paths of another machine: the longest end that fits',
      ['a/train/1.jpg', 'b/1.jpg', 'b/2.jpg'],
      ['D:\\all\\a\\train\\1.jpg', 'D:\\all\\b\\1.jpg', 'D:\\all\\b\\2.jpg'],
      ['a/train/1.jpg', 'b/1.jpg', 'b/2.jpg'],
    ],
    [
      'folders above: the notebook lay elsewhere',
      ['train/1.jpg', 'train/2.jpg'],
      ['../input/pets/train/1.jpg', '../input/pets/train/2.jpg'],
      ['train/1.jpg', 'train/2.jpg'],
    ],
    [
      'a place outside, where nothing fits',
      ['1.jpg'],
      ['/etc/passwd', '../../etc/shadow'],
      ['layout-unsafe-path', 'layout-unsafe-path'],
    ],
    ['empty names', ['1.jpg'], ['', ' ', '.'], ['none', 'none', 'none']],
    [
      'names of JavaScript objects',
      ['__proto__.png'],
      ['__proto__', 'constructor'],
      ['__proto__.png', 'none'],
    ],
  ])('%s', (_, images, names, expected) => {
    expect(found(images, names)).toEqual(expected);
    // Neither the order of the table nor that of the folder matters.
    expect(found(images.toReversed(), names.toReversed())).toEqual(expected.toReversed());
  });
});

test('a guess of one split does not take what the other split names', () => {
  const index = new ImageIndex(['images/7.jpg', 'images/8.jpg'], ANYWHERE);
  index.reserve(['7.jpg'], 'train');
  index.reserve(['7', '8'], 'test');
  expect(lookUp(index, '7.jpg', 'train')).toBe('images/7.jpg');
  expect(lookUp(index, '7', 'test')).toBe('none');
  expect(lookUp(index, '8', 'test')).toBe('images/8.jpg');
});

test('images in a folder of the other split are not taken', () => {
  const index = new ImageIndex(['seg_train/1.jpg', 'seg_test/1.jpg', 'seg_test/2.jpg'], ANYWHERE);
  index.reserve(['1', '2'], 'train');
  index.reserve(['1'], 'test');
  expect(lookUp(index, '1', 'train')).toBe('seg_train/1.jpg');
  expect(lookUp(index, '2', 'train')).toBe('none');
  expect(lookUp(index, '1', 'test')).toBe('seg_test/1.jpg');
  expect(index.unlisted()).toEqual(['seg_test/2.jpg']);
});

test('names that were not announced are found, and take no file from each other', () => {
  const index = new ImageIndex(['a.png', 'b.png'], ANYWHERE);
  expect(lookUp(index, 'a.jpg', 'train')).toBe('a.png');
  expect(lookUp(index, 'a.jpg', 'train')).toBe('a.png');
  expect(lookUp(index, 'a.webp', 'train')).toBe('none');
});

test('tells how names were understood', () => {
  const index = new ImageIndex(['a.png', 'B.png', 'c d.png', 'x/e.png'], ANYWHERE);
  const names = ['a.jpg', 'b.png', 'c%20d.png', '/y/e.png'];
  index.reserve(names, 'train');
  for (const name of names) index.find(name, 'train', {});
  expect(index.decisions('data.options.path').map(({ value, reason }) => `${value}: ${reason}`)).toEqual([
    'a.png for "a.jpg": 1 name of an image has another extension than its file, which no other name asks for',
    'B.png for "b.png": 1 name of an image differs from its file in upper and lower case',
    'c d.png for "c%20d.png": 1 name of an image is percent-encoded',
    'x/e.png for "/y/e.png": 1 name of an image is an address or a path of another place; its first folders are dropped',
  ]);
});

test('an ambiguity names the setting that settles it', () => {
  const index = new ImageIndex(['a/1.png', 'b/1.png'], ANYWHERE, 'set data.options.test');
  expect(() => index.find('1', 'test', { file: 'sample.csv', line: 2 })).toThrow(
    'sample.csv:2: 2 images match "1": got a/1.png, b/1.png\n  fix: set data.options.test',
  );
});

test('whatever the names: a file is never used twice, and an exact name gets its own file', () => {
  const part = fc.constantFrom('a', 'b', 'A', '1', '1.jpg', 'x.png');
  const extension = fc.constantFrom('.jpg', '.png', '.JPG', '');
  const name = fc.tuple(fc.constantFrom('', 'd/', 'e/'), part, extension).map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 8 }),
      fc.uniqueArray(name, { maxLength: 8 }),
      (files, ids) => {
        const images = files.map((file) => (/\.(jpg|png)$/i.test(file) ? file : `${file}.png`));
        const all = [...new Set(images)];
        const outcomes = found(all, ids);
        const used = outcomes.filter((path) => all.includes(path));
        expect(new Set(used).size).toBe(used.length);
        for (const [i, id] of ids.entries())
          if (all.includes(id) && all.includes(outcomes[i]!)) expect(outcomes[i]).toBe(id);
      },
    ),
  );
});
