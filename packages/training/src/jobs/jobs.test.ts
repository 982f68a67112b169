import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import {
  crossValidate,
  cvTable,
  findBatchSize,
  formatCvTable,
  type Job,
  type JobEvent,
  runJob,
  runJobs,
} from './index.ts';

const module = new URL('../../test/jobs/work.ts', import.meta.url).href;
const job = (name: string, argument?: unknown): Job => ({ name, module, export: name, argument });

test('a job gives its result, typed arrays as they are, and tells on the way', async () => {
  const events: JobEvent[] = [];
  const outcome = await runJob(job('double', { value: Float32Array.of(1, 2.5) }), {
    onEvent: (event) => events.push(event),
  });
  expect(outcome).toEqual({ outcome: 'done', value: Float32Array.of(2, 5), attempts: 1 });
  expect(events.map(({ type }) => type)).toEqual(['job-start', 'job-report', 'job-end']);
});

test('what goes wrong is an outcome, and the others go on', async () => {
  const outcomes = await runJobs(
    [
      job('refuse'),
      job('killItself'),
      job('abort'),
      job('nothing'),
      job('double', { value: new Float32Array() }),
    ],
    { concurrency: 2, retries: 1 },
  );
  expect(outcomes).toMatchObject([
    { outcome: 'failed', problem: { code: 'test-refusal', fix: 'ask again' }, attempts: 1 },
    { outcome: 'crashed', probably: 'out of memory', signal: 'SIGKILL', attempts: 2 },
    { outcome: 'crashed', probably: 'crash', signal: 'SIGABRT', attempts: 2 },
    { outcome: 'failed', problem: { code: 'training-job' } },
    { outcome: 'done' },
  ]);
});

test('a heap that is full is told as such', async () => {
  const outcome = await runJob(job('fillHeap'), { retries: 0, nodeOptions: ['--max-old-space-size=64'] });
  expect(outcome).toMatchObject({ outcome: 'crashed', probably: 'out of memory' });
});

test('an abort lets a job end gracefully; a timeout does not', async () => {
  const controller = new AbortController();
  // Once the job is under way, however long its process takes to start.
  const onEvent = (event: JobEvent) => event.type === 'job-report' && controller.abort();
  expect(await runJob(job('wait'), { signal: controller.signal, onEvent })).toMatchObject({
    value: 'stopped gracefully',
  });
  expect(await runJob(job('wait'), { signal: controller.signal })).toEqual({
    outcome: 'stopped',
    attempts: 0,
  });
  expect(await runJob(job('hang'), { retries: 0, timeoutSeconds: 1.5 })).toMatchObject({
    outcome: 'crashed',
    probably: 'timeout',
  });
});

test('the largest batch is found though processes are killed', async () => {
  const { largest, tried } = await findBatchSize(
    { module, export: 'trainSteps' },
    { from: 32, multipleOf: 16 },
  );
  expect(largest).toBe(96);
  expect(tried.map(({ size, fits }) => [size, fits])).toEqual([
    [32, true],
    [64, true],
    [128, false],
    [96, true],
    [112, false],
  ]);
  await expect(findBatchSize({ module, export: 'refuse' })).rejects.toThrow('ask again');
});

test('folds and seeds: what crashed is reported, what is done is stored and not run again', async () => {
  const folder = temporaryFolder();
  const options = { folds: 3, seeds: ['a'], folder, module, export: 'fold', concurrency: 2 };
  const first = await crossValidate({ ...options, settings: { crash: true } });
  expect(first.runs.map(({ outcome }) => outcome)).toMatchObject([
    { outcome: 'done', attempts: 1 },
    { outcome: 'done', attempts: 2 },
    { outcome: 'crashed', attempts: 2 },
  ]);
  const half = first.outOfFold.get('a')?.label;
  expect(half?.ids).toEqual(['0-a', '0-b', '1-a', '1-b']);
  expect(half?.folds).toEqual(Int32Array.of(0, 0, 1, 1));
  expect(first.test.label).toHaveLength(2);
  const again = await crossValidate({ ...options, folds: [0, 1], settings: { crash: true } });
  expect(again.runs.map(({ outcome }) => outcome.outcome)).toEqual(['kept', 'kept']);
  expect(again.runs[1]?.scores).toEqual({ accuracy: 0.81 });
  expect(readFileSync(join(folder, 'fold-0-seed-a', 'started'), 'utf8')).toBe('x');
});

test('a table that says what is within noise', () => {
  const summarize = (scores: readonly number[]) => {
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const spread = Math.sqrt(
      scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (scores.length - 1),
    );
    return { mean, spread, interval: [mean - spread, mean + spread] as const };
  };
  const runs = (scores: number[]) =>
    scores.flatMap((accuracy, fold) =>
      ['a', 'b'].map((seed) => ({
        fold,
        seed,
        folder: '',
        scores: { accuracy: accuracy + (seed === 'a' ? 0.01 : -0.01) },
        outcome: { outcome: 'kept' } as const,
      })),
    );
  const rows = cvTable(
    [
      { name: 'base', runs: runs([0.5, 0.7, 0.6]) },
      { name: 'better in each', runs: runs([0.55, 0.76, 0.65]) },
      { name: 'here and there', runs: runs([0.6, 0.6, 0.6]) },
    ],
    'accuracy',
    summarize,
  );
  expect(rows.map(({ difference }) => difference?.withinNoise)).toEqual([undefined, false, true]);
  expect(formatCvTable(rows, 2)).toBe(
    'base            0.60  +- 0.10  [0.50, 0.70]  3 folds\n' +
      'better in each  0.65  +- 0.11  [0.55, 0.76]  3 folds  +0.05 [0.05, 0.06]\n' +
      'here and there  0.60  +- 0.00  [0.60, 0.60]  3 folds  +0.00 [-0.10, 0.10] within noise\n',
  );
});
