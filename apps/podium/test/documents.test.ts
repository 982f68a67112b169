import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf, podiumCommands, readDocument } from './documents.ts';
import { runPodium } from './run-podium.ts';

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
    .flatMap(podiumCommands)
    .map((args) => [`${document}: podium ${args.join(' ')}`, args] as const),
);

async function helpOf(command: readonly string[]): Promise<string> {
  const { code, stdout } = await runPodium(...command, '--help');
  expect(code).toBe(0);
  return stdout;
}

/** Commands with subcommands. */
const PARENTS = ['augment', 'cache', 'demo', 'doctor', 'models', 'runs'];

// tutorial.test.ts and the tests of the commands also run those that take no hours.
test.each(commands)('%s', async (_, args) => {
  const [command = '', second = ''] = args;
  const hasSubcommand = PARENTS.includes(command) && second !== '' && !second.startsWith('-');
  const path = hasSubcommand ? [command, second] : [command];
  const help = await helpOf(path);
  expect(help).toContain(`Usage: podium ${path.join(' ')}`);
  const options = new Set([...help.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option));
  for (const option of args.filter((arg) => arg.startsWith('--'))) expect([...options]).toContain(option);
  // All required arguments are given.
  const required = [...(/^Usage: .*$/m.exec(help)?.[0] ?? '').matchAll(/<[^>]+>/g)];
  expect(args.length - path.length).toBeGreaterThanOrEqual(required.length);
});
