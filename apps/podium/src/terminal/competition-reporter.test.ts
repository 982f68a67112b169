import type { CompetitionEvent } from '@podium/competition';
import type { InstanceReport } from '@podium/pipeline';
import { expect, test } from 'vitest';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { competitionReporter } from './competition-reporter.ts';

type Recommendation = NonNullable<Extract<CompetitionEvent, { type: 'recommendation' }>['recommendation']>;

function linesOf(events: readonly CompetitionEvent[], isInteractive = false): string[] {
  const terminal = recordingTerminal({ isInteractive });
  const report = competitionReporter(terminal);
  for (const event of events) report(event);
  expect(terminal.printed).toEqual([]);
  return terminal.calls;
}

const finished = (name: string, status: InstanceReport['status']): CompetitionEvent => ({
  type: 'stage',
  event: { type: 'finished', report: { name, status, attempts: 1 } as InstanceReport },
});

test('phases are logged, decisions below one heading, warnings indented', () => {
  const decision = (key: string, value: string, reason: string): CompetitionEvent => ({
    type: 'decision',
    decision: { key, value, reason },
  });
  expect(
    linesOf([
      { type: 'phase', phase: 'reading-data' },
      decision('preset', 'good', 'default'),
      decision('imageSize', '224', 'of the images'),
      { type: 'warning', code: 'few-images', message: 'class "ash" has 2 images' },
      { type: 'phase', phase: 'training' },
    ]),
  ).toEqual([
    'log reading the data',
    'log chosen automatically:',
    'log   preset: good (default)',
    'log   imageSize: 224 (of the images)',
    'log   warning: class "ash" has 2 images',
    'log training, blending, scoring',
  ]);
});

test('a recommendation is logged with its reasons and warnings; an empty one is not', () => {
  const recommendation = {
    case: 'little-similar',
    reasons: ['a probe scores 0.81'],
    warnings: ['few rows'],
  } as unknown as Recommendation;
  expect(
    linesOf([
      { type: 'recommendation', model: 'resnet18', recommendation },
      { type: 'recommendation', model: 'small-net', recommendation: null },
    ]),
  ).toEqual(['log   resnet18: little-similar', 'log     a probe scores 0.81', 'log     few rows']);
});

test('only WebAssembly is logged as a backend, with the failed attempts', () => {
  expect(
    linesOf([
      { type: 'backend', backend: 'tensorflow', engine: 'tensorflow 2.21.0', attempts: [] },
      { type: 'backend', backend: 'wasm', engine: 'wasm', attempts: ['wheel from pip: failed, no network'] },
    ]),
  ).toEqual([
    'log TensorFlow is not available; using WebAssembly instead, several times slower:',
    'log   - wheel from pip: failed, no network',
  ]);
});

test('downloads of weights are logged, and their progress is a status line', () => {
  const weights = (event: Extract<CompetitionEvent, { type: 'weights' }>['event']): CompetitionEvent => ({
    type: 'weights',
    event,
  });
  expect(
    linesOf([
      weights({ type: 'download', file: 'a.pth', bytes: 20e6, folder: '/cache' }),
      weights({ type: 'progress', file: 'a.pth', done: 10e6, total: 20e6 }),
    ]),
  ).toEqual(['log downloading a.pth (20 MB) to /cache', 'status a.pth: 10 MB of 20 MB']);
});

test('the installation of TensorFlow is logged', () => {
  expect(
    linesOf([
      { type: 'tensorflow', event: { type: 'download', file: 'a.whl', bytes: 274e6, folder: '/cache' } },
    ]),
  ).toEqual(['log downloading a.whl (274 MB) to /cache']);
});

test('cached stages are counted at the end of a graph, and again for the next one', () => {
  const done: CompetitionEvent = { type: 'stages-done' };
  expect(
    linesOf([
      finished('data', 'cached'),
      finished('folds', 'cached'),
      done,
      finished('blend', 'cached'),
      done,
    ]),
  ).toEqual(['log   2 results were already cached', 'log   1 result was already cached']);
});

test('on an interactive terminal, the progress of a stage is a status line', () => {
  const name = 'train';
  expect(
    linesOf(
      [
        { type: 'stage', event: { type: 'started', name, key: 'k', settings: {}, attempt: 1 } },
        {
          type: 'stage',
          event: { type: 'progress', name, progress: { done: 1, total: 100, unit: 'steps' } },
        },
      ],
      true,
    ),
  ).toEqual(['status [1/1] train: 1 of 100 steps']);
});

test('the admission of external images is indented', () => {
  const report = {
    sources: [],
    likeTest: [],
    trainToTest: { twoSample: undefined, nearest: undefined },
    read: [],
    measuredBy: 'small-net',
  };
  const lines = linesOf([{ type: 'admission', report }]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^log {3}\(AUC of a classifier/);
});
