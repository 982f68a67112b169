import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEAVES_YAML, writeLeaves } from '@podium/competition/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { described } from '../test/assert-described.ts';
import { runPodium } from '../test/run-podium.ts';
import { exitCodeMeanings, exitCodes } from './exit-codes.ts';
import { jsonOutputs, outputSchema, schemaFile } from './json-outputs.ts';

const SCHEMAS = new URL('../../../docs/schemas/', import.meta.url);
/** They download, or train for minutes; tests of their own hold them. */
const ELSEWHERE = ['setup', 'demo food', 'demo digits', 'demo masks', 'demo shapes', 'doctor', 'finish'];

const folder = mkdtempSync(join(tmpdir(), 'podium-json-'));
const at = (...names: string[]) => join(folder, ...names);
const store = ['--store', at('.podium')];
const submissions = ['--submissions', at('submissions')];

beforeAll(async () => {
  await writeLeaves(folder);
  writeFileSync(at('podium.yaml'), `${LEAVES_YAML}metric: accuracy\nthreads: 1\nreport: false\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('docs/schemas is what json-outputs.ts says; npm run schemas -w apps/podium rewrites it', () => {
  expect(readdirSync(SCHEMAS).sort()).toEqual(Object.keys(jsonOutputs).map(schemaFile).sort());
  for (const command of Object.keys(jsonOutputs)) {
    const written = JSON.parse(readFileSync(new URL(schemaFile(command), SCHEMAS), 'utf8')) as object;
    expect(written, command).toEqual(JSON.parse(JSON.stringify(outputSchema(command))));
  }
});

interface Help {
  readonly commands: readonly {
    readonly name: string;
    readonly output?: string;
    readonly options: readonly { readonly flags: string; readonly description: string }[];
    readonly examples: readonly string[];
    readonly exitCodes: readonly object[];
  }[];
  readonly settings: { readonly properties: Readonly<Record<string, object>> };
}

// Loads all packages.
test('help --json describes every command, and each with --json has a schema', {
  timeout: 300_000,
}, async () => {
  const { stdout } = await runPodium('help', '--json');
  const { commands, settings } = JSON.parse(stdout) as Help;
  expect(Object.keys(settings.properties)).toContain('trackers');
  const withJson = commands.filter(({ options }) => options.some(({ flags }) => flags === '--json'));
  expect(withJson.map(({ name }) => name).sort()).toEqual(Object.keys(jsonOutputs).sort());
  for (const { name, output, options, examples, exitCodes: codes } of commands) {
    expect(examples.length, name).toBeGreaterThan(0);
    expect(codes.length, name).toBeGreaterThan(0);
    for (const { description } of options) expect(description, name).not.toBe('');
    if (output !== undefined) expect(output).toBe(schemaFile(name));
  }
  expect((await runPodium('help', 'runs', 'compare')).stdout).toContain('Usage: podium runs compare');
  expect((await runPodium('help', 'rnu')).stderr).toContain('did you mean run?');
});

test('docs/automation.md has the table of exit codes', () => {
  const text = readFileSync(new URL('../automation.md', SCHEMAS), 'utf8');
  for (const [name, code] of Object.entries(exitCodes))
    expect(text).toContain(`| ${code} | ${exitCodeMeanings[name as keyof typeof exitCodes]} |`);
});

// The outputs themselves are checked by `runPodium`.
test('what commands print is as their schemas say', { timeout: 600_000 }, async () => {
  const wrong: string[] = [];
  const json = async (...args: string[]) => {
    try {
      const { code, stderr } = await runPodium(...args, '--json');
      if (code !== exitCodes.ok && code !== exitCodes.problems) wrong.push(`${args.join(' ')}: ${stderr}`);
    } catch (error) {
      wrong.push((error as Error).message);
    }
  };
  await json('inspect', at('data'));
  await json('init', at('data'), '--out', at('new.yaml'));
  await json('run', at('podium.yaml'), '--plan');
  await json('run', at('podium.yaml'), '--name', 'one');
  await json('train', at('podium.yaml'), '--name', 'trained');
  await json('list');
  await json('list', 'metrics');
  await json('models', 'list', 'resnet*');
  // Measuring would fix the number of threads of this process.
  await json('models', 'show', 'resnet18', '--no-measure');
  await json('runs', 'list', ...submissions);
  await json('runs', 'show', 'one', ...submissions);
  await json('runs', 'compare', 'one', at('submissions/leaves/trained.train.json'), ...submissions);
  await json('score', 'one', '--public', '0.5', ...submissions);
  await json('verify', 'one', ...submissions);
  await json('submit', 'one', ...submissions);
  await json('report', 'one', ...submissions);
  await json('predict', 'one', at('data/images'), '--out', at('p.csv'), ...submissions);
  await json('ensemble', '--methods');
  await json('ensemble', 'one', at('submissions/leaves/trained.train.json'), ...submissions);
  await json('rebuild', at('submissions/leaves/one.run.json'), '--stored');
  await json('cache', 'list', ...store);
  await json('cache', 'verify', ...store);
  await json('cache', 'clean', '--all', '--dry-run', ...store);
  await json('doctor', 'engine');
  expect(wrong).toEqual([]);
  expect([...described, ...ELSEWHERE].sort()).toEqual(Object.keys(jsonOutputs).sort());
});
