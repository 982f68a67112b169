import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Identity } from '@podium/nn';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { HistoryRow } from '../history/index.ts';
import type { Callback, EventName, TrainingContext, TrainingEvents } from '../loop/index.ts';
import {
  earlyStopping,
  type GradientSample,
  gradientMonitor,
  modelCheckpoint,
  type ProgressReport,
  progress,
  tensorBoard,
} from './index.ts';

const rows = (name: string, values: readonly number[]): HistoryRow[] =>
  values.map((value, i) => ({
    epoch: i,
    step: 10 * (i + 1),
    learningRate: 0.1,
    trainLoss: 1 / (i + 1),
    metrics: { [name]: value },
  }));

function context(changes: Partial<TrainingContext> = {}): TrainingContext {
  const model = new Identity() as never;
  return { step: 0, epoch: 0, epochs: 10, history: [], model, mixing: true, seconds: 0, ...changes };
}

const stepEvent = (changes: Partial<TrainingEvents['step']> = {}): TrainingEvents['step'] => ({
  step: 1,
  epoch: 0,
  batch: 1,
  batches: 4,
  images: 16,
  loss: 1,
  losses: {},
  learningRate: 0.1,
  learningRates: new Map([['all', 0.1]]),
  gradientNorm: 1,
  ...changes,
});

async function emit<Name extends EventName>(
  callback: Callback,
  name: Name,
  event: TrainingEvents[Name],
  changes: Partial<TrainingContext> = {},
) {
  return await callback.on[name]?.(event, context(changes));
}

/** The signals of a callback after each validation. */
async function signals(callback: Callback, name: string, values: readonly number[]) {
  const history = rows(name, values);
  const found: (string | undefined)[] = [];
  for (const [i, row] of history.entries()) {
    found.push(await emit(callback, 'validation', { row }, { history: history.slice(0, i + 1), epoch: i }));
  }
  return found;
}

test('early stopping waits for its patience', async () => {
  const stop = earlyStopping({ mode: 'min', patience: 2 });
  expect(await signals(stop, 'loss', [3, 2, 2.5, 1, 1, 1.5])).toEqual([...Array(5).fill(undefined), 'stop']);
});

test('early stopping by a score, with minDelta, from startEpoch on, and at once for NaN', async () => {
  const byScore = earlyStopping({ monitor: 'accuracy', mode: 'max', patience: 1, minDelta: 0.1 });
  expect(await signals(byScore, 'accuracy', [0.5, 0.7, 0.75])).toEqual([undefined, undefined, 'stop']);
  const late = earlyStopping({ mode: 'min', patience: 1, startEpoch: 3 });
  expect(await signals(late, 'loss', [1, 2, 3, 4])).toEqual([undefined, undefined, undefined, 'stop']);
  expect(await signals(earlyStopping({ mode: 'min' }), 'loss', [1, Number.NaN])).toEqual([undefined, 'stop']);
});

test('the direction of a metric is never guessed', () => {
  const message = /^mode: callback "early-stopping": expected min\|max, got nothing$/;
  expect(() => earlyStopping({ monitor: 'accuracy' } as never)).toThrow(message);
  expect(() => modelCheckpoint({ best: { monitor: 'f1' } } as never)).toThrow('best.mode');
});

test('checkpoints at the best metric, and by time', async () => {
  expect(
    await signals(modelCheckpoint({ best: { monitor: 'f1', mode: 'max' } }), 'f1', [0.5, 0.4, 0.5, 0.6]),
  ).toEqual(['save', undefined, undefined, 'save']);
  const timed = modelCheckpoint({ everyMinutes: 1 });
  await emit(timed, 'start', { epochs: 1 }, { seconds: 100 });
  expect(await emit(timed, 'step', stepEvent(), { seconds: 159 })).toBeUndefined();
  expect(await emit(timed, 'step', stepEvent(), { seconds: 160 })).toBe('save');
  await emit(timed, 'saved', { folder: '', step: 1 }, { seconds: 161 });
  expect(await emit(timed, 'step', stepEvent(), { seconds: 162 })).toBeUndefined();
});

test('progress reports rate and remaining time', async () => {
  const reports: ProgressReport[] = [];
  const callback = progress((report) => reports.push(report), { everySeconds: 2 });
  await emit(callback, 'start', { epochs: 10 });
  for (let step = 1; step <= 4; step++) {
    const event = stepEvent({ step, batch: step, loss: step });
    await emit(callback, 'step', event, { seconds: step, step });
  }
  expect(reports.map(({ step, loss, imagesPerSecond }) => [step, loss, imagesPerSecond])).toEqual([
    [2, 1.5, 16],
    [4, 3.5, 16],
  ]);
  // 4 of 40 batches are done, one per second.
  expect(reports[1]?.secondsLeft).toBeCloseTo(36, 9);
  expect(reports[1]).toMatchObject({ share: 0.1, batch: 4, batches: 4, epochs: 10 });
});

test('progress of a run whose length is given in steps', async () => {
  const reports: ProgressReport[] = [];
  const callback = progress((report) => reports.push(report));
  const length = { epochs: Number.POSITIVE_INFINITY, maxSteps: 8 };
  await emit(callback, 'start', { epochs: length.epochs });
  for (let step = 1; step <= 2; step++) {
    await emit(callback, 'step', stepEvent({ step, batch: step }), { ...length, seconds: step, step });
  }
  expect(reports.at(-1)).toMatchObject({ share: 0.25, secondsLeft: 6 });
});

test('gradient spikes are reported, and every tenth step', async () => {
  const samples: GradientSample[] = [];
  const callback = gradientMonitor((sample) => samples.push(sample));
  for (let step = 1; step <= 25; step++) {
    await emit(callback, 'step', stepEvent({ step, gradientNorm: step === 23 ? 50 : 1 + (step % 2) }));
  }
  expect(samples.map(({ step, isSpike }) => [step, isSpike])).toEqual([
    [10, false],
    [20, false],
    [23, true],
  ]);
});

test('event files have the bytes that TensorBoard reads', async () => {
  const folder = join(temporaryFolder(), 'logs');
  const callback = tensorBoard({ folder, now: () => 1_700_000_000.5, everySteps: 2 });
  await emit(callback, 'start', { epochs: 1 }, { step: 300 });
  await emit(callback, 'step', stepEvent({ step: 301 }));
  await emit(callback, 'step', stepEvent({ step: 302, loss: 0.25, losses: { mask: 0.5 } }));
  await emit(callback, 'validation', { row: rows('accuracy', [0.75])[0]! });
  const [name] = readdirSync(folder) as [string];
  expect(name).toMatch(/^events\.out\.tfevents\.1700000000\.\d+\.podium$/);
  expect(readFileSync(join(folder, name)).toString('hex')).toBe(
    readFileSync(new URL('./fixtures/events.hex', import.meta.url), 'utf8').trim(),
  );
});
