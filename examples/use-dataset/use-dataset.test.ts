import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch, LoaderState } from '@podium/dataset';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { expect, onTestFinished, test } from 'vitest';
import { firstFold, readChecked, trainingBatches } from './use-dataset.ts';

test('use-dataset reads a folder, makes folds, and loads batches that can be resumed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podium-use-dataset-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeMaskCompetition(folder, { people: 6, testPeople: 1, width: 48, height: 64 });
  const { data, report } = await readChecked(folder);
  expect([data.layout, data.train.length, data.test.length]).toEqual(['person-folders', 42, 7]);
  expect(report.failures).toEqual([]);

  const { train, validation } = firstFold(data);
  expect([train.length, validation.length]).toEqual([28, 14]);
  const people = new Set(train.map(({ group }) => group));
  expect(validation.filter(({ group }) => people.has(group))).toEqual([]);

  const all = await linesOf(trainingBatches(data, train), 4);
  expect(all.lines).toHaveLength(4);
  const half = await linesOf(trainingBatches(data, train), 2);
  const rest = await linesOf(trainingBatches(data, train, half.state), 2);
  expect([...half.lines, ...rest.lines]).toEqual(all.lines);
});

async function linesOf(
  loader: ReturnType<typeof trainingBatches>,
  count: number,
): Promise<{ lines: string[]; state: LoaderState }> {
  const line = ({ ids, images }: Batch) => `${ids} ${Buffer.from(images.slice()).toString('base64')}`;
  const lines: string[] = [];
  for await (const batch of loader) {
    lines.push(line(batch));
    if (lines.length === count) break;
  }
  return { lines, state: loader.state() };
}
