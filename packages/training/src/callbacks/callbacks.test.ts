import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Identity } from '@podium/nn';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import type { Callback, EventName, HistoryRow, TrainingContext, TrainingEvents } from '../loop/index.ts';
import {
  csvLog,
  earlyStopping,
  type GradientSample,
  gradientMonitor,
  historyCsv,
  mixingOff,
  modelCheckpoint,
  type ProgressReport,
  progress,
  tensorBoard,
  timeLimit,
} from './index.ts';
import { crc32c } from './tensorboard/crc32c.ts';

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

async function tell<Name extends EventName>(
  callback: Callback,
  name: Name,
  event: TrainingEvents[Name],
  changes: Partial<TrainingContext> = {},
) {
  return await callback.on[name]?.(event, context(changes));
}

/** After which of these validations a callback asks for something. */
async function signals(callback: Callback, name: string, values: readonly number[]) {
  const history = rows(name, values);
  const found: (string | undefined)[] = [];
  for (const [i, row] of history.entries()) {
    found.push(await tell(callback, 'validation', { row }, { history: history.slice(0, i + 1), epoch: i }));
  }
  return found;
}

test('early stopping waits for its patience, by a loss', async () => {
  const stop = earlyStopping({ patience: 2 });
  expect(await signals(stop, 'loss', [3, 2, 2.5, 1, 1, 1.5])).toEqual([...Array(5).fill(undefined), 'stop']);
});

test('early stopping by a score, with a least change, from an epoch on, and at once where it is no number', async () => {
  const byScore = earlyStopping({ monitor: 'accuracy', patience: 1, leastChange: 0.1 });
  expect(await signals(byScore, 'accuracy', [0.5, 0.7, 0.75])).toEqual([undefined, undefined, 'stop']);
  expect(await signals(earlyStopping({ patience: 1, from: 3 }), 'loss', [1, 2, 3, 4])).toEqual([
    undefined,
    undefined,
    undefined,
    'stop',
  ]);
  expect(await signals(earlyStopping(), 'loss', [1, Number.NaN])).toEqual([undefined, 'stop']);
});

test('checkpoints at what is best, and by time', async () => {
  expect(await signals(modelCheckpoint({ onBest: 'f1' }), 'f1', [0.5, 0.4, 0.5, 0.6])).toEqual([
    'save',
    undefined,
    undefined,
    'save',
  ]);
  const timed = modelCheckpoint({ everyMinutes: 1 });
  await tell(timed, 'start', { epochs: 1 }, { seconds: 100 });
  expect(await tell(timed, 'step', stepEvent(), { seconds: 159 })).toBeUndefined();
  expect(await tell(timed, 'step', stepEvent(), { seconds: 160 })).toBe('save');
  await tell(timed, 'saved', { folder: '', step: 1 }, { seconds: 161 });
  expect(await tell(timed, 'step', stepEvent(), { seconds: 162 })).toBeUndefined();
});

test('mixing ends before the last epochs, and a run after its time', async () => {
  const off = mixingOff({ lastEpochs: 2 });
  expect(await tell(off, 'epoch-start', { epoch: 7, batches: 1 })).toBeUndefined();
  expect(await tell(off, 'epoch-start', { epoch: 8, batches: 1 })).toBe('stop-mixing');
  expect(await tell(timeLimit({ minutes: 1 }), 'step', stepEvent(), { seconds: 59 })).toBeUndefined();
  expect(await tell(timeLimit({ minutes: 1 }), 'step', stepEvent(), { seconds: 60 })).toBe('stop');
});

test('progress tells rate and time left', async () => {
  const reports: ProgressReport[] = [];
  const callback = progress((report) => reports.push(report), { everySeconds: 2 });
  await tell(callback, 'start', { epochs: 10 });
  for (let step = 1; step <= 4; step++) {
    const event = stepEvent({ step, batch: step, loss: step });
    await tell(callback, 'step', event, { seconds: step, step });
  }
  expect(reports.map(({ step, loss, imagesPerSecond }) => [step, loss, imagesPerSecond])).toEqual([
    [2, 1.5, 16],
    [4, 3.5, 16],
  ]);
  // 4 of 40 batches are done, at one a second.
  expect(reports[1]?.secondsLeft).toBeCloseTo(36, 9);
  expect(reports[1]).toMatchObject({ share: 0.1, batch: 4, batches: 4, epochs: 10 });
});

test('gradient spikes are told beside every tenth step', async () => {
  const samples: GradientSample[] = [];
  const callback = gradientMonitor((sample) => samples.push(sample));
  for (let step = 1; step <= 25; step++) {
    await tell(callback, 'step', stepEvent({ step, gradientNorm: step === 23 ? 50 : 1 + (step % 2) }));
  }
  expect(samples.map(({ step, isSpike }) => [step, isSpike])).toEqual([
    [10, false],
    [20, false],
    [23, true],
  ]);
});

test('the history as CSV, with metrics that come later', async () => {
  const history = [...rows('a,"b"', [0.5]), { epoch: 1, step: 20, learningRate: 0.05, metrics: { loss: 2 } }];
  expect(historyCsv(history)).toBe(
    'epoch,step,learning_rate,train_loss,"a,""b""",loss\n1,10,0.1,1,0.5,\n2,20,0.05,,,2\n',
  );
  const file = join(temporaryFolder(), 'log.csv');
  await tell(csvLog(file), 'epoch-end', { row: history[1]!, batches: 4 }, { history });
  expect(readFileSync(file, 'utf8')).toBe(historyCsv(history));
});

test('CRC-32C of the check string', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('event files are the bytes that TensorBoard reads', async () => {
  const folder = join(temporaryFolder(), 'logs');
  const callback = tensorBoard({ folder, now: () => 1_700_000_000.5, everySteps: 2 });
  await tell(callback, 'start', { epochs: 1 }, { step: 300 });
  await tell(callback, 'step', stepEvent({ step: 301 }));
  await tell(callback, 'step', stepEvent({ step: 302, loss: 0.25, losses: { mask: 0.5 } }));
  await tell(callback, 'validation', { row: rows('accuracy', [0.75])[0]! });
  const [name] = readdirSync(folder) as [string];
  expect(name).toMatch(/^events\.out\.tfevents\.1700000000\.\d+\.podium$/);
  expect(readFileSync(join(folder, name)).toString('hex')).toBe(
    readFileSync(new URL('./fixtures/events.hex', import.meta.url), 'utf8').trim(),
  );
});
