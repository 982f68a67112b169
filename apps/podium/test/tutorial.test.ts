import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Block, blocksOf, podiumCommands, readDocument } from './documents.ts';
import { runPodium } from './run-podium.ts';

/** Settings that make each run take seconds. A model of one epoch may predict one class only. */
const QUICK = {
  folds: { count: 2 },
  threads: 1,
  train: { batchSize: 32, augment: 'light' },
  submission: { accept: ['one-class'] },
};

const before = process.cwd();
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-tutorial-')));

beforeAll(async () => {
  process.chdir(folder);
  mkdirSync('data');
  await writeMaskCompetition('data/masks', { people: 24, testPeople: 4, width: 40, height: 52 });
  await writeMaskCompetition('other', { people: 1, testPeople: 8, seed: 2, width: 40, height: 52 });
  renameSync('other/eval/images', 'data/web');
  rmSync('other', { recursive: true });
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

/** Applies a YAML block of the tutorial to the settings, with smaller numbers. */
function changeSettings({ text }: Block): void {
  const changes = text
    .replaceAll(/epochs: \d+/g, 'epochs: 1')
    .replaceAll(/imageSize: (\d)\d/g, 'imageSize: 2$1');
  const settings = parse(readFileSync('podium.yaml', 'utf8')) as object;
  writeFileSync('podium.yaml', stringify({ ...settings, ...QUICK, ...(parse(changes) as object) }));
}

const blocks = blocksOf(readDocument('docs/tutorial.md'));

test('the commands of the tutorial succeed, one after the other', async () => {
  for (const block of blocks) {
    if (block.language === 'yaml') changeSettings(block);
    if (block.language !== 'sh' || block.note === 'parse-only') continue;
    for (const args of podiumCommands(block)) {
      const { code, stdout, stderr } = await runPodium(...args);
      expect(code, `podium ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
    }
  }
}, 1_800_000);

test('docs/run-file.md documents every key of the record', () => {
  const record = JSON.parse(readFileSync('submissions/masks/first.run.json', 'utf8')) as Record<
    string,
    never
  >;
  const { submission, score, stages } = record as Record<string, Record<string, unknown>>;
  const { sources, instances } = stages as { sources: Record<string, object>; instances: object[] };
  const keys = [record, submission, score, stages, Object.values(sources)[0], ...instances].flatMap((part) =>
    Object.keys(part!),
  );
  const document = readDocument('docs/run-file.md');
  for (const key of new Set(keys)) expect(document).toContain(`\`${key}\``);
});
