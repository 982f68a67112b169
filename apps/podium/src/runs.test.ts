import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEAVES_YAML, writeLeaves } from '@podium/competition/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from './exit-codes.ts';
import { run } from './program.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-runs-')));
const submissions = join(folder, 'submissions');
const csv = (name: string) => join(submissions, 'leaves', `${name}.csv`);
const record = (name: string) => join(submissions, 'leaves', `${name}.run.json`);

async function podium(...words: string[]) {
  const [out, said]: [string[], string[]] = [[], []];
  const terminal = {
    out: (line: string) => void out.push(line),
    say: (line: string) => void said.push(line),
    status: () => {},
    isWatched: false,
  };
  const code = await run(words, { terminal, signal: new AbortController().signal });
  return { code, out: out.join('\n'), said: said.join('\n') };
}

/** Labels by id. */
const labels = (file: string) =>
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
    const { code, said } = await podium('run', join(folder, `${name}.yaml`), '--name', name);
    expect(said).not.toContain('podium: ');
    expect(code).toBe(exitCodes.ok);
  }
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("predictions of the test images are the run's own", { timeout: 300_000 }, async () => {
  const images = readdirSync(join(folder, 'data/images')).filter((name) => Number.parseInt(name, 10) >= 12);
  cpSync(join(folder, 'data/images'), join(folder, 'new'), { recursive: true });
  for (const name of readdirSync(join(folder, 'new')))
    if (!images.includes(name)) rmSync(join(folder, 'new', name));
  const out = join(folder, 'predictions.csv');
  const first = await podium('predict', record('one'), join(folder, 'new'), '--out', out, '--probabilities');
  expect([first.code, first.out]).toEqual([exitCodes.ok, `${out}: 4 images, predicted by one`]);
  expect(labels(out)).toEqual(labels(csv('one')));
  expect(readFileSync(out, 'utf8')).toMatch(/^id,label,label probability,label: \w+,label: \w+\n/);
  expect((await podium('predict', record('one'), join(folder, 'new'), '--out', out)).said).toContain(
    'this file is there already',
  );
});

test('two runs are blended, scored, written and rebuilt', { timeout: 300_000 }, async () => {
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
  expect(json.said).not.toContain('podium: ');
  const { blends, score } = JSON.parse(json.out) as {
    blends: { nested: number; fitted: number; diversity: unknown[] }[];
    score: { heads: { members: { name: string }[] }[] };
  };
  expect(blends[0]?.diversity).toHaveLength(2);
  expect(score.heads[0]?.members.map(({ name }) => name)).toEqual(['one', 'two']);
  const { code, out } = await podium('ensemble', 'one', 'two', '--submissions', submissions, '--out', 'both');
  expect(code).toBe(exitCodes.ok);
  expect(out).toMatch(/errors correlate/);
  const again = await podium('rebuild', record('both'));
  expect([again.code, again.out]).toEqual([exitCodes.ok, expect.stringContaining('The same bytes: 4 rows')]);
  const twice = await podium('ensemble', 'one', 'one', '--submissions', submissions);
  expect(twice.said).toContain('one is named twice');
});

test('a lost result is named, with the command that makes it again', async () => {
  const store = join(folder, 'empty');
  const { code, said } = await podium(
    'predict',
    record('one'),
    join(folder, 'data/images/3.png'),
    '--out',
    join(folder, 'x.csv'),
    '--store',
    store,
  );
  expect(code).toBe(exitCodes.failed);
  expect(said).toContain(`fix: make it again: podium rebuild ${record('one')}`);
  const blend = await podium('ensemble', record('one'), record('two'), '--store', store);
  expect(blend.said).toMatch(/the store no longer has \d+ results of these runs/);
});

test('a training without test images scores, leaves a record, and predicts', {
  timeout: 300_000,
}, async () => {
  const bare = join(folder, 'bare');
  await writeLeaves(bare);
  rmSync(join(bare, 'data/sample_submission.csv'));
  for (let i = 12; i < 16; i++) rmSync(join(bare, `data/images/${i}.png`));
  writeFileSync(join(bare, 'podium.yaml'), readFileSync(join(folder, 'one.yaml'), 'utf8'));
  const refused = await podium('run', bare);
  expect(refused.said).toContain('run "podium train" for the cross-validation alone');
  const { code, out, said } = await podium('train', bare, '--name', 'alone', '--json');
  expect(said).not.toContain('podium: ');
  expect(code).toBe(exitCodes.ok);
  const made = JSON.parse(out) as { record: string; score: { score: number } };
  expect(made.score.score).toBeGreaterThanOrEqual(0);
  const predicted = await podium(
    'predict',
    made.record,
    join(folder, 'new'),
    '--out',
    join(bare, 'p.csv'),
    '--json',
  );
  expect(JSON.parse(predicted.out)).toMatchObject({
    images: 4,
    run: 'alone',
    heads: { label: ['elm', 'oak'] },
  });
});

test('runs are listed, shown and compared on the same images; scores are entered', async () => {
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
  expect(scored.out).toMatch(/one {2}cv .*public 0.7500, private -.*first/);
  expect((await podium('runs', 'list', '--submissions', submissions)).out).toMatch(
    /^leaves: accuracy, higher is better/,
  );
  expect((await podium('runs', 'show', record('one'))).out).toMatch(/^Trained +2 networks, 0 probes$/m);
  const { out } = await podium('runs', 'compare', 'one', 'two', '--submissions', submissions);
  expect(out).toMatch(/^accuracy of label on the same 12 images: /);
  expect(out).toContain('train[small-net,seed=7,fold=0]: added');
});

test('a submission is checked again: as it is, and changed by hand', async () => {
  const good = await podium('submit', csv('one'));
  expect([good.code, good.out]).toEqual([exitCodes.ok, expect.stringContaining('no errors')]);
  const text = readFileSync(csv('two'), 'utf8');
  writeFileSync(csv('two'), text.replace(/^12.png,.*$/m, '12.png,ash'));
  const bad = await podium('submit', csv('two'), '--to', 'kaggle');
  writeFileSync(csv('two'), text);
  expect(bad.code).toBe(exitCodes.problems);
  expect(bad.out).toContain('Nothing was sent');
  expect(bad.out).toContain('the CSV was changed since');
  expect((await podium('submit', csv('one'), '--to', 'nowhere')).said).toContain('expected kaggle');
});

test('what runs are pinned to stays; let go, it goes', async () => {
  const store = join(folder, '.podium');
  expect((await podium('cache', 'list', '--store', store)).out).toMatch(/pinned: leaves\/(one|two|both)/);
  expect((await podium('cache', 'verify', '--store', store)).out).toMatch(
    /^All \d+ results are as they were written/,
  );
  const dry = JSON.parse(
    (await podium('cache', 'clean', '--all', '--dry-run', '--store', store, '--json')).out,
  );
  expect(dry.claimedBytes).toBeGreaterThan(0);
  const unpin = ['--unpin', 'leaves/one', 'leaves/two', 'leaves/both'];
  const gone = JSON.parse(
    (await podium('cache', 'clean', '--all', ...unpin, '--store', store, '--json')).out,
  );
  expect(gone.removed.length).toBeGreaterThan(5);
  expect(gone.claimedBytes).toBe(0);
});
