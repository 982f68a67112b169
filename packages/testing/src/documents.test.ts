import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { files, read, rooms, root } from './workspace.ts';

const documents = files(/\.md$/);

/** Of a workspace by its name or folder; of the root where none is named. */
function scriptsOf(workspace: string | undefined): Readonly<Record<string, string>> {
  const folder =
    workspace === undefined
      ? '.'
      : (rooms().find((room) => room.name === workspace || room.folder === workspace)?.folder ?? workspace);
  return (JSON.parse(read(`${folder}/package.json`)) as { scripts: Record<string, string> }).scripts;
}

/** Code blocks of shell commands, line by line, without comments. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/^```(?:sh|bash)(?: .*)?\n([\s\S]*?)^```/gm)]
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
  expect(ci).toEqual(['set -euo pipefail', 'export CI=true', 'cd "$(dirname "$0")/.."', tests]);
});

describe.each(documents)('%s', (document) => {
  test('names only npm scripts that exist', () => {
    for (const command of commandsOf(read(document))) {
      for (const [words] of command.matchAll(/npm run [^&|]*/g)) {
        const [, script] = /^npm run (?:--silent )?([\w:]+)/.exec(words) ?? [];
        const [, workspace] = / (?:-w|--workspace) (\S+)/.exec(words) ?? [];
        expect(Object.keys(scriptsOf(workspace)), command).toContain(script);
      }
    }
  });

  test('names only tests and files that exist', () => {
    for (const command of commandsOf(read(document))) {
      const [, folder, paths = ''] = /npx vitest run --root (\S+)(.*)$/.exec(command) ?? [];
      for (const path of folder === undefined
        ? []
        : ['.', ...paths.split(' ').filter((word) => /^\w/.test(word))])
        expect(existsSync(join(root, folder!, path)), command).toBe(true);
      for (const [, file] of command.matchAll(/npm run parity -- (\w\S+\.json)/g))
        expect(existsSync(join(root, file!)), command).toBe(true);
    }
  });

  test('shows code of a file as it stands there', () => {
    for (const [, file, code] of read(document).matchAll(/^```ts (\S+)\n([\s\S]*?)^```/gm))
      expect(read(file!), file).toContain(code);
  });

  test('has no broken links to files', () => {
    const folder = join(root, document, '..');
    for (const match of read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      expect(existsSync(join(folder, match[1]!)), match[1]).toBe(true);
    }
  });
});

test('files that docs/architecture.md names exist', () => {
  const sources = files(/\.(?:ts|cc|h)$/).map((file) => `/${file}`);
  const named = [...read('docs/architecture.md').matchAll(/`([\w/-]+\.(?:ts|cc|h))`/g)].map(
    ([, file]) => file,
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((file) => !sources.some((source) => source.endsWith(`/${file}`)))).toEqual([]);
});
