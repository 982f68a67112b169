import { basename, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeName } from './safe-name.ts';
import { submissionFolder, submissionPaths } from './write-submission.ts';

test.each(['digit-recognizer', 'face mask 2', 'лица', '猫と犬', '🐈', 'a.b', 'console', 'com', '2026-11-25'])(
  'takes %s',
  (name) => {
    expect(safeName(name, 'competition')).toBe(name);
  },
);

test('one text for one name: composed letters', () => {
  expect(safeName('caf\u0065\u0301', 'run')).toBe('caf\u00e9');
});

test.each([
  ['', 'is empty'],
  ['.', 'another folder'],
  ['..', 'another folder'],
  ['...', 'another folder'],
  ['../x', 'holds /'],
  ['a/b', 'holds /'],
  ['a\\b', 'holds \\'],
  ['C:', 'holds :'],
  ['a:b', 'holds :'],
  ['a\0b', 'cannot be seen'],
  ['a\nb', 'cannot be seen'],
  ['a\u202egpj', 'cannot be seen'],
  ['a\ud800', 'cannot be seen'],
  ['.hidden', 'begins with a dot'],
  [' a', 'a space'],
  ['a ', 'a space'],
  ['a.', 'ends with a dot'],
  ['NUL', 'device'],
  ['con.csv', 'device'],
  ['Com1', 'device'],
  ['a*', 'holds *'],
  ['é'.repeat(101), 'longer than 200 bytes'],
])('refuses %j', (name, why) => {
  expect(() => safeName(name, 'run')).toThrow(
    expect.objectContaining({ code: 'unsafe-name', message: expect.stringContaining(why) }),
  );
});

test('no name leads out of the folder', () => {
  const unit = fc.constantFrom('.', '/', '\\', 'a', ' ', '..', '\0', '猫', ':', '~', '%2e');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 6 }), fc.string({ unit, maxLength: 6 }), (competition, run) => {
      let paths: ReturnType<typeof submissionPaths>;
      try {
        paths = submissionPaths(join('/', 'root'), competition, run);
      } catch (error) {
        expect(error).toMatchObject({ code: 'unsafe-name' });
        return;
      }
      expect(paths.folder).toBe(submissionFolder(join('/', 'root'), competition));
      for (const path of [paths.csv, paths.record, paths.report]) {
        expect(path).toBe(join('/', 'root', competition.normalize('NFC'), basename(path)));
      }
    }),
  );
});

test('a run may not be called like the ledger', () => {
  expect(() => submissionPaths('s', 'c', 'Ledger')).toThrow(expect.objectContaining({ code: 'unsafe-name' }));
});
