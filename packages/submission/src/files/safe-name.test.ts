import { basename, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeName } from './safe-name.ts';
import { submissionFolder, submissionPaths } from './submission-paths.ts';

test.each(['digit-recognizer', 'face mask 2', 'лица', '猫と犬', '🐈', 'a.b', 'console', 'com', '2026-11-25'])(
  'accepts %s',
  (name) => {
    expect(safeName(name, 'competition')).toBe(name);
  },
);

test('composes letters, so equal names have equal text', () => {
  expect(safeName('caf\u0065\u0301', 'run')).toBe('caf\u00e9');
});

test.each([
  ['', 'is empty'],
  ['.', 'another folder'],
  ['..', 'another folder'],
  ['...', 'another folder'],
  ['../x', 'contains /'],
  ['a/b', 'contains /'],
  ['a\\b', 'contains \\'],
  ['C:', 'contains :'],
  ['a:b', 'contains :'],
  ['a\0b', 'invisible character'],
  ['a\nb', 'invisible character'],
  ['a\u202egpj', 'invisible character'],
  ['a\ud800', 'invisible character'],
  ['.hidden', 'starts with a dot'],
  [' a', 'a space'],
  ['a ', 'a space'],
  ['a.', 'ends with a dot'],
  ['NUL', 'device'],
  ['con.csv', 'device'],
  ['Com1', 'device'],
  ['a*', 'contains *'],
  ['é'.repeat(101), 'longer than 200 bytes'],
])('rejects %j', (name, why) => {
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

test('a run cannot have the name of the ledger', () => {
  expect(() => submissionPaths('s', 'c', 'Ledger')).toThrow(expect.objectContaining({ code: 'unsafe-name' }));
});
