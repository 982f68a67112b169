import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubmissionRecord } from '@podium/submission';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  predictImages,
  predictionTable,
  rebuildSubmission,
  runCompetition,
  type SettingsInput,
  trainCompetition,
} from '../src/index.ts';
import { type DiscOptions, writeDiscs } from '../src/testing/discs.ts';

const SETTINGS: SettingsInput = {
  competition: 'discs',
  data: {
    folder: 'data',
    options: { labels: { column: 'size', kind: 'number', min: 100, max: 300 }, group: 'patch' },
  },
  metric: 'rmse',
  folds: { count: 2 },
  threads: 1,
  train: { imageSize: 24, batchSize: 8, method: 'full', augment: 'none', learningRate: 0.003, ema: 0 },
  models: [{ model: 'small-net', epochs: 24 }],
};

const folders: string[] = [];
async function discs(
  options?: DiscOptions,
): Promise<{ folder: string; hidden: ReadonlyMap<string, number> }> {
  const folder = await mkdtemp(join(tmpdir(), 'podium-regression-'));
  folders.push(folder);
  return { folder, hidden: await writeDiscs(folder, options) };
}
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('the size of a disc', () => {
  let folder: string;
  let hidden: ReadonlyMap<string, number>;
  let record: SubmissionRecord;
  let paths: Awaited<ReturnType<typeof runCompetition>>['paths'];

  beforeAll(async () => {
    ({ folder, hidden } = await discs());
    const result = await runCompetition(SETTINGS, { folder });
    record = result.record!;
    paths = result.paths;
  }, 300_000);

  test('is predicted far better than by the mean, and submitted as numbers', async () => {
    const lines = (await readFile(paths!.csv, 'utf8')).trim().split('\n');
    expect(lines[0]).toBe('id,size');
    const errors = lines.slice(1).map((line) => {
      const [id, cell] = line.split(',');
      return Number(cell) - hidden.get(id!)!;
    });
    expect(errors).toHaveLength(hidden.size);
    const sizes = [...hidden.values()];
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0);
    expect(squares(errors)).toBeLessThan(0.5 * squares(sizes.map((size) => size - mean)));
    // The standard deviation of sizes is about 46.
    expect(record.score?.cv).toBeLessThan(30);
  });

  test('rebuilds to the same bytes', { timeout: 300_000 }, async () => {
    const { verdict, bytes } = await rebuildSubmission(paths!.record);
    expect(verdict.same).toBe(true);
    expect(Buffer.from(bytes)).toEqual(await readFile(paths!.csv));
  });

  test('has a report with numbers instead of classes', async () => {
    const page = await readFile(paths!.report, 'utf8');
    const ids = [...page.matchAll(/<section id="([^"]*)"/g)].map(([, id]) => id);
    expect(ids).toContain('numbers');
    for (const id of ['confusion', 'classes', 'calibration', 'ranking']) expect(ids).not.toContain(id);
    expect(page).toContain('Residuals by group');
    expect(page.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/g, '')).not.toMatch(
      /\bNaN\b|\bundefined\b|\[object /,
    );
  });

  test('is predicted for new images as in the submission', { timeout: 120_000 }, async () => {
    const [id] = hidden.keys();
    const predicted = await predictImages(paths!.record, [join(folder, 'data/images', id!)], {
      submissions: join(folder, 'submissions'),
    });
    const { header, rows } = predictionTable(predicted);
    expect(header).toEqual(['id', 'size']);
    const submitted = (await readFile(paths!.csv, 'utf8')).split('\n')[1]!.split(',')[1];
    expect(Number(rows[0]![1])).toBeCloseTo(Number(submitted), 2);
  });
});

describe('what cannot be trained is told before', () => {
  const rejects = async (options: DiscOptions, settings: Partial<SettingsInput>) => {
    const { folder } = await discs({ train: 8, test: 2, ...options });
    const error = await trainCompetition({ ...SETTINGS, ...settings }, { folder }).catch((reason) => reason);
    expect(existsSync(join(folder, 'submissions'))).toBe(false);
    expect(error).toBeInstanceOf(Error);
    return error as Error & { code: string };
  };

  test.each<[string, DiscOptions, Partial<SettingsInput>, RegExp]>([
    [
      'a word for a number',
      { cells: (row, size, left) => `${row === 3 ? 'abc' : size},${left}` },
      {},
      /train\.csv:5 column "size": .*expected a finite number, got "abc"/,
    ],
    [
      'an infinite number',
      { cells: (row, size, left) => `${row === 3 ? '1e999' : size},${left}` },
      {},
      /train\.csv:5 column "size": .*expected a finite number/,
    ],
    [
      'a constant',
      { cells: (_, __, left) => `120.5,${left}` },
      {},
      /size: all training images have the same number/,
    ],
    [
      'no numbers',
      { cells: (_, __, left) => `,${left}` },
      {},
      /no row with an image has a number for "size"/,
    ],
    ['a metric of classes', {}, { metric: 'accuracy' }, /metric/],
    [
      'a loss of classes',
      {},
      { train: { ...SETTINGS.train, loss: 'focal' } },
      /train\.loss: "focal" is for classes/,
    ],
    ['a blend of classes', {}, { ensemble: { method: 'stacking' } }, /ensemble\.method: .* for classes/],
    [
      'pseudo labels',
      {},
      { pseudo: { method: 'confidence-threshold', allowTest: true } as SettingsInput['pseudo'] },
      /pseudo: .* for classes/,
    ],
  ])('%s', async (_, options, settings, message) => {
    expect((await rejects(options, settings)).message).toMatch(message);
  });
});
