import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { files, read, root } from './workspace.ts';

const documents = files(/\.md$/);
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;

/** Code blocks of shell commands, line by line, without comments. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/^```(?:sh|bash)\n([\s\S]*?)^```/gm)]
    .flatMap((match) => (match[1] ?? '').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');
}

test('the README has two commands, and CI calls exactly the second', () => {
  const [main, tests] = commandsOf(read('README.md'));
  expect(main).toBe('npm ci && npm start');
  expect(tests).toBe('npm ci && npm test');
  const ci = read('.ci/run')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(ci).toEqual(['set -euo pipefail', 'cd "$(dirname "$0")/.."', tests]);
});

describe.each(documents)('%s', (document) => {
  test('names only npm scripts that exist', () => {
    for (const command of commandsOf(read(document))) {
      for (const match of command.matchAll(/npm run (?:--silent )?([\w:]+)/g)) {
        expect(Object.keys(scripts), command).toContain(match[1]);
      }
    }
  });

  test('has no broken links to files', () => {
    const folder = join(root, document, '..');
    for (const match of read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      expect(existsSync(join(folder, match[1] as string)), match[1]).toBe(true);
    }
  });
});
