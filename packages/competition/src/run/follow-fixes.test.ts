import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { inProcessExecutor, openStore } from '@podium/pipeline';
import { adviceOf, followed } from '@podium/test-kit/fixes';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settingsFrom } from '../settings/read-settings.ts';
import type { SettingsInput } from '../settings/schema.ts';
import { writeLeaves } from '../testing/index.ts';
import { prepareCompetition } from './prepare.ts';
import { RunClock } from './run-clock.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-fixes-')));
const good = join(root, 'good');
let made = 0;

beforeAll(() => writeLeaves(good));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const LEAVES: SettingsInput = {
  competition: 'leaves',
  data: { folder: 'data' },
  folds: { count: 2 },
  models: [{ model: 'small-net', epochs: 1, imageSize: 16, augment: 'none', flip: false }],
};

/** What `podium run` comes to before its first training: what it decided, or its error. */
async function outcome(folder: string, settings: SettingsInput): Promise<unknown> {
  const executor = inProcessExecutor();
  try {
    const { scoring, omissions } = await prepareCompetition({
      found: await settingsFrom(settings, folder),
      store: await openStore(join(folder, '.podium')),
      executor,
      threads: 1,
      backend: 'tensorflow',
      engine: 'test',
      clock: new RunClock(),
      signal: new AbortController().signal,
      emit: () => {},
    });
    return { ...scoring, form: scoring.form?.settings, omissions };
  } catch (error) {
    if (error instanceof PodiumError) return error.problem;
    throw error;
  } finally {
    await executor.close();
  }
}

const edit = (file: string, change: (text: string) => string) => (folder: string) => {
  const path = join(folder, 'data', file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
};
const sample = (header: string, cells: string) =>
  edit('sample_submission.csv', (text) =>
    [
      header,
      ...text
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => `${line.split(',')[0]},${cells}`),
      '',
    ].join('\n'),
  );
const nothing = () => {};

test.each<[string, (folder: string) => void, Partial<SettingsInput>, string]>([
  [
    'rows without an image',
    (folder) => {
      for (const i of [1, 2, 3]) rmSync(join(folder, `data/images/${i}.png`));
    },
    { data: { folder: 'data', layout: 'csv' } },
    'data-left-out',
  ],
  [
    'rows without a label',
    edit('train.csv', (text) => text.replaceAll(/(\n[01]\.png),\w+/g, '$1,').replace('2.png,oak', '2.png,')),
    {},
    'data-left-out',
  ],
  [
    'images that cannot be read',
    (folder) => {
      for (const i of [1, 2, 3]) writeFileSync(join(folder, `data/images/${i}.png`), 'x');
    },
    {},
    'data-left-out',
  ],
  [
    'a row of the sample without an image',
    edit('sample_submission.csv', (text) => `${text}99.png,oak\n`),
    { data: { folder: 'data', layout: 'csv' } },
    'submission-ids',
  ],
  ['a column of its own', sample('id,label,note', 'oak,x'), {}, 'submission-form-unknown'],
  [
    'a column of its own, with a form',
    sample('id,label,note', 'oak,x'),
    { submission: { form: 'label' } },
    'submission-settings',
  ],
  [
    'a probability of an unclear class',
    sample('id,p', '0.5'),
    { metric: 'log-loss' },
    'submission-form-unclear',
  ],
  ['fractions for accuracy', sample('id,p', '0.5'), { metric: 'accuracy' }, 'submission-form-unknown'],
  ['classes for log loss', nothing, { metric: 'log-loss' }, 'submission-form-unknown'],
  [
    'a form that log loss cannot score',
    nothing,
    { metric: 'log-loss', submission: { form: 'label' } },
    'submission-metric',
  ],
  ['a metric of several labels', nothing, { metric: 'f1-samples' }, 'metric-task'],
  ['more folds than rows', nothing, { folds: { count: 40 } }, 'folds-too-many'],
  ['a fold that is not there', nothing, { folds: { only: [20] } }, 'folds-unknown'],
  ['a head that is not there', nothing, { heads: { train: ['labl'] } }, 'head-unknown'],
  ['a weight of a head that is not there', nothing, { heads: { weights: { labl: 2 } } }, 'head-unknown'],
  ['a shared head that is not there', nothing, { heads: { sameInGroup: ['labl'] } }, 'head-unknown'],
  [
    'a combination into what is not there',
    nothing,
    { heads: { combine: { into: 'all', from: ['label', 'age'] } } },
    'head-unknown',
  ],
])('the advice against %s can be followed, and helps', async (_, change, more, code) => {
  const folder = join(root, `c${made++}`);
  cpSync(good, folder, { recursive: true });
  change(folder);
  const settings: SettingsInput = { ...LEAVES, ...more };
  const before = await outcome(folder, settings);
  expect(before).toMatchObject({ code });
  const { fix = '' } = before as { fix?: string };
  // `set a: 1; or set b: 2`: two ways out.
  const ways = fix
    .split(/; |,? or /)
    .map(adviceOf)
    .filter((advice) => advice.length > 0);
  expect(ways, fix).not.toEqual([]);
  for (const advice of ways) {
    const after = await outcome(folder, advice.reduce<SettingsInput>(followed, settings));
    expect(after, JSON.stringify(advice)).not.toEqual(before);
    expect(JSON.stringify(after)).not.toMatch(/unknown key|no such setting|settings-invalid/);
  }
});
