import { expect, test } from 'vitest';
import { codeOf, files, read } from './workspace.ts';

/** Those that may write to the screen: what they write goes through the terminal or is made printable by them. */
const WRITERS = [
  'apps/podium/src/init/questions.ts',
  'apps/podium/src/main.ts',
  'apps/podium/src/terminal/ask.ts',
];
const WRITING =
  /\bconsole\.|\bprocess\.std(out|err)\b|\bstd(out|err)\b[^;]*\} = process\b|\bwriteSync\([12],|stdio: 'inherit'/;

test('only the terminal and the questions write to the screen, so that no name of a file or a class reaches it raw', () => {
  const sources = ['apps/podium/src', 'packages']
    .flatMap((folder) => files(/\.ts$/, folder))
    .filter((file) => /^(apps|packages)\/(?!test)[^/]+\/src\//.test(file) && !file.endsWith('.test.ts'));
  expect(sources.length).toBeGreaterThan(500);
  expect(sources.filter((file) => WRITING.test(codeOf(read(file)))).toSorted()).toEqual(WRITERS);
});
