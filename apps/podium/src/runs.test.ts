import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { predictImages } from '@podium/competition';
import { LEAVES_YAML, writeLeaves } from '@podium/competition/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPodium as podium } from '../test/run-podium.ts';
import { exitCodes } from './exit-codes.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-runs-')));
const submissions = join(folder, 'submissions');
const csv = (name: string) => join(submissions, 'leaves', `${name}.csv`);
const record = (name: string) => join(submissions, 'leaves', `${name}.run.json`);

/** `id,label` of each row, sorted. */
const labelsIn = (file: string) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').slice(0, 2).join(','))
    .sort();

beforeAll(async () => {
  await writeLeaves(folder);
  const settings = `${LEAVES_YAML}metric: accuracy\nreport: false\nthreads: 1\n`;
  writeFileSync(join(folder, 'one.yaml'), settings);
  writeFileSync(join(folder, 'two.yaml'), settings.replace('epochs: 1', 'epochs: 1, seeds: [7]'));
  for (const name of ['one', 'two']) {
    const { code, stderr } = await podium('run', join(folder, `${name}.yaml`), '--name', name);
    expect(stderr).not.toContain('podium: ');
    expect(code).toBe(exitCodes.ok);
  }
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('predict gives the test images the labels of the submission', { timeout: 300_000 }, async () => {
  const images = readdirSync(join(folder, 'data/images')).filter((name) => Number.parseInt(name, 10) >= 12);
  cpSync(join(folder, 'data/images'), join(folder, 'new'), { recursive: true });
  for (const name of readdirSync(join(folder, 'new')))
    if (!images.includes(name)) rmSync(join(folder, 'new', name));
  const out = join(folder, 'predictions.csv');
  const first = await podium('predict', record('one'), join(folder, 'new'), '--out', out, '--probabilities');
  expect([first.code, first.stdout]).toEqual([exitCodes.ok, `${out}: 4 images, predicted by one`]);
  expect(labelsIn(out)).toEqual(labelsIn(csv('one')));
  expect(readFileSync(out, 'utf8')).toMatch(/^id,label,label probability,label: \w+,label: \w+\n/);
  expect((await podium('predict', record('one'), join(folder, 'new'), '--out', out)).stderr).toContain(
    'this file already exists',
  );
});

test('the progress of predictions counts images, not the passes of networks', {
  timeout: 300_000,
}, async () => {
  const seen: string[] = [];
  const { images } = await predictImages(
    record('one'),
    [join(folder, 'data/images/13.png'), join(folder, 'data/images/14.png')],
    {
      submissions,
      onProgress: (done, total) => void seen.push(`${done} of ${total}`),
    },
  );
  expect(images).toBe(2);
  expect(new Set(seen)).toContain('2 of 2');
  expect(seen.filter((text) => !/^[012] of 2$/.test(text))).toEqual([]);
});

test('settings of the command line are those of the record, and their submission rebuilds', {
  timeout: 300_000,
}, async () => {
  const settings = join(folder, 'one.yaml');
  const { code, stdout } = await podium(
    'run',
    settings,
    'train.labelSmoothing=0.2',
    'metric=acc',
    '--name',
    'changed',
    '--json',
  );
  expect(code).toBe(exitCodes.ok);
  expect((JSON.parse(stdout) as { score: { metric: string } }).score.metric).toBe('accuracy');
  const { settings: recorded, decisions } = JSON.parse(readFileSync(record('changed'), 'utf8')) as {
    settings: object;
    decisions: object[];
  };
  expect(recorded).toMatchObject({ metric: 'accuracy', train: { labelSmoothing: 0.2 } });
  expect(decisions).toContainEqual({
    key: 'metric',
    value: 'accuracy',
    reason: '"acc" is another name for it',
  });
  expect((await podium('rebuild', record('changed'))).stdout).toContain('The same bytes');
});

test('ensemble blends two runs, scores the blend, and writes a submission that rebuilds', {
  timeout: 300_000,
}, async () => {
  const json = await podium(
    'ensemble',
    'one',
    'two',
    '--submissions',
    submissions,
    '--method',
    'selection',
    '--json',
  );
  expect(json.stderr).not.toContain('podium: ');
  const { blends, score } = JSON.parse(json.stdout) as {
    blends: { nested: number; fitted: number; diversity: unknown[] }[];
    score: { heads: { members: { name: string }[] }[] };
  };
  expect(blends[0]?.diversity).toHaveLength(2);
  expect(score.heads[0]?.members.map(({ name }) => name)).toEqual(['one', 'two']);
  const { code, stdout } = await podium(
    'ensemble',
    'one',
    'two',
    '--submissions',
    submissions,
    '--out',
    'both',
  );
  expect(code).toBe(exitCodes.ok);
  expect(stdout).toMatch(/error correlation with the others/);
  const again = await podium('rebuild', record('both'));
  expect([again.code, again.stdout]).toEqual([
    exitCodes.ok,
    expect.stringContaining('The same bytes: 4 rows'),
  ]);
  const twice = await podium('ensemble', 'one', 'one', '--submissions', submissions);
  expect(twice.stderr).toContain('one is named twice');
});

test('the error about a lost result names the command that recomputes it', async () => {
  const store = join(folder, 'empty');
  const { code, stderr } = await podium(
    'predict',
    record('one'),
    join(folder, 'data/images/3.png'),
    '--out',
    join(folder, 'x.csv'),
    '--store',
    store,
  );
  expect(code).toBe(exitCodes.failed);
  expect(stderr).toContain(`fix: recompute it: podium rebuild ${record('one')} --stored`);
  const blend = await podium('ensemble', record('one'), record('two'), '--store', store);
  expect(blend.stderr).toMatch(/the store no longer has \d+ results of these runs/);
});

test('train without test images scores, and writes a record that predict accepts', {
  timeout: 300_000,
}, async () => {
  const bare = join(folder, 'bare');
  await writeLeaves(bare);
  rmSync(join(bare, 'data/sample_submission.csv'));
  for (let i = 12; i < 16; i++) rmSync(join(bare, `data/images/${i}.png`));
  writeFileSync(join(bare, 'podium.yaml'), readFileSync(join(folder, 'one.yaml'), 'utf8'));
  const failed = await podium('run', bare);
  expect(failed.stderr).toContain('run "podium train" for the cross-validation alone');
  const { code, stdout, stderr } = await podium('train', bare, '--name', 'alone', '--json');
  expect(stderr).not.toContain('podium: ');
  expect(code).toBe(exitCodes.ok);
  const trained = JSON.parse(stdout) as { record: string; score: { score: number } };
  expect(trained.score.score).toBeGreaterThanOrEqual(0);
  const predicted = await podium(
    'predict',
    trained.record,
    join(folder, 'new'),
    '--out',
    join(bare, 'p.csv'),
    '--json',
  );
  expect(JSON.parse(predicted.stdout)).toMatchObject({
    images: 4,
    run: 'alone',
    heads: { label: ['elm', 'oak'] },
  });
});

test('score enters scores; runs lists, shows and compares runs', async () => {
  const scored = await podium(
    'score',
    'one',
    '--public',
    '0.75',
    '--note',
    'first',
    '--submissions',
    submissions,
  );
  expect(scored.stdout).toMatch(/one {2}cv .*public 0.7500, private -.*first/);
  expect((await podium('runs', 'list', '--submissions', submissions)).stdout).toMatch(
    /^leaves: accuracy, higher is better/,
  );
  expect((await podium('runs', 'show', record('one'))).stdout).toMatch(/^Trained +2 networks, 0 probes$/m);
  const { stdout } = await podium('runs', 'compare', 'one', 'two', '--submissions', submissions);
  expect(stdout).toMatch(/^accuracy of label on the same 12 images: /);
  expect(stdout).toContain('train[small-net,seed=7,fold=0]: added');
});

test('submit checks a submission, and rejects one that was edited', async () => {
  const good = await podium('submit', csv('one'));
  expect([good.code, good.stdout]).toEqual([exitCodes.ok, expect.stringContaining('no errors')]);
  const text = readFileSync(csv('two'), 'utf8');
  writeFileSync(csv('two'), text.replace(/^12.png,.*$/m, '12.png,ash'));
  const bad = await podium('submit', csv('two'), '--to', 'kaggle');
  writeFileSync(csv('two'), text);
  expect(bad.code).toBe(exitCodes.problems);
  expect(bad.stdout).toContain('Nothing was uploaded');
  expect(bad.stdout).toContain('the CSV was edited after the run wrote it');
  expect((await podium('submit', csv('one'), '--to', 'nowhere')).stderr).toContain('expected kaggle');
});

test('clean keeps the results of runs, and removes them once unpinned', async () => {
  const store = join(folder, '.podium');
  expect((await podium('cache', 'list', '--store', store)).stdout).toMatch(/pinned: leaves\/(one|two|both)/);
  expect((await podium('cache', 'verify', '--store', store)).stdout).toMatch(
    /^No damage found in \d+ results/,
  );
  const dry = JSON.parse(
    (await podium('cache', 'clean', '--all', '--dry-run', '--store', store, '--json')).stdout,
  );
  expect(dry.claimedBytes).toBeGreaterThan(0);
  const unpin = ['--unpin', 'leaves/one', 'leaves/two', 'leaves/both', 'leaves/changed'];
  const gone = JSON.parse(
    (await podium('cache', 'clean', '--all', ...unpin, '--store', store, '--json')).stdout,
  );
  expect(gone.removed.length).toBeGreaterThan(5);
  expect(gone.claimedBytes).toBe(0);
});
