import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../src/program.ts';
import type { Terminal } from '../src/terminal/terminal.ts';
import { blocksOf, podiumWords, readDocument } from './documents.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...['own-model', 'own-stage', 'own-transform'].map((name) => `examples/${name}/README.md`),
];

const commands = documents.flatMap((document) =>
  blocksOf(readDocument(document))
    .filter(({ language }) => language === 'sh' || language === 'bash')
    .flatMap(podiumWords)
    .map((words) => [`${document}: podium ${words.join(' ')}`, words] as const),
);

async function help(words: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const take = (line: string) => void lines.push(line);
  const terminal: Terminal = { isWatched: false, out: take, say: take, status: () => {} };
  expect(await run([...words, '--help'], { terminal, signal: new AbortController().signal })).toBe(0);
  return lines.join('\n');
}

/** Commands with commands of their own, where a second word may name one. */
const FAMILIES = ['augment', 'cache', 'demo', 'doctor', 'models', 'runs'];

// Those that take no hours are run as well, by tutorial.test.ts and the tests of the commands.
test.each(commands)('%s', async (_, words) => {
  const [command = '', second = ''] = words;
  const isFamily = FAMILIES.includes(command) && second !== '' && !second.startsWith('-');
  const path = isFamily ? [command, second] : [command];
  const text = await help(path);
  expect(text).toContain(`Usage: podium ${path.join(' ')}`);
  const known = new Set([...text.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option));
  for (const word of words.filter((each) => each.startsWith('--'))) expect([...known]).toContain(word);
  // Each argument that has to be given is.
  const wanted = [...(/^Usage: .*$/m.exec(text)?.[0] ?? '').matchAll(/<[^>]+>/g)];
  expect(words.length - path.length).toBeGreaterThanOrEqual(wanted.length);
});
