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
import { run } from '../src/program.ts';
import type { Terminal } from '../src/terminal/terminal.ts';
import { type Block, blocksOf, podiumWords, readDocument } from './documents.ts';

/** Settings under which it takes seconds, beside what the tutorial says; a model of one epoch may know one class alone. */
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

async function podium(words: readonly string[]): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const take = (line: string) => void lines.push(line);
  const terminal: Terminal = { isWatched: false, out: take, say: take, status: () => {} };
  const code = await run(words, { terminal, signal: new AbortController().signal });
  return { code, said: lines.join('\n') };
}

/** Puts what the tutorial writes into the settings: only its numbers are made small. */
function change({ text }: Block): void {
  const small = text
    .replaceAll(/epochs: \d+/g, 'epochs: 1')
    .replaceAll(/imageSize: (\d)\d/g, 'imageSize: 2$1');
  const settings = parse(readFileSync('podium.yaml', 'utf8')) as object;
  writeFileSync('podium.yaml', stringify({ ...settings, ...QUICK, ...(parse(small) as object) }));
}

const blocks = blocksOf(readDocument('docs/tutorial.md'));

test('every command of the tutorial does what it says, one after the other', async () => {
  for (const block of blocks) {
    if (block.language === 'yaml') change(block);
    if (block.language !== 'sh' || block.note === 'parse-only') continue;
    for (const words of podiumWords(block)) {
      const { code, said } = await podium(words);
      expect(code, `podium ${words.join(' ')}\n${said}`).toBe(0);
    }
  }
}, 1_800_000);

test('the format of the record that came out is written down, key by key', () => {
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
