import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { explain, topWords } from './use-pipeline.ts';

test('use-pipeline computes once, then uses its cache, and reruns what a change affects', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podium-use-pipeline-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const text = join(folder, 'text.txt');
  await writeFile(text, 'A rose is a rose is a rose, and a tulip is a tulip.');
  const store = join(folder, 'store');

  const first = await topWords(text, 2, store);
  expect(first).toEqual({
    result: [
      ['rose', 3],
      ['tulip', 2],
    ],
    statuses: ['words: ran', 'counts: ran'],
  });
  expect(await topWords(text, 2, store)).toEqual({
    result: first.result,
    statuses: ['words: cached', 'counts: cached'],
  });

  expect(await explain(text, 1, store)).toEqual(['words, cached', 'counts, run, setting top: 2 -> 1']);
  expect(await topWords(text, 1, store)).toEqual({
    result: [['rose', 3]],
    statuses: ['words: cached', 'counts: ran'],
  });

  await writeFile(text, 'Violets');
  expect(await topWords(text, 1, store)).toEqual({
    result: [['violets', 1]],
    statuses: ['words: ran', 'counts: ran'],
  });
}, 120_000);
