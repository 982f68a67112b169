import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Predictions, Rng } from '@podium/core';
import { type Head, type ManifestRow, writeManifest } from '@podium/dataset';
import { bindForm, type FormSettingsInput, forms, makeSubmission, readSample } from '@podium/submission';
import Papa from 'papaparse';
import { expect, onTestFinished, test } from 'vitest';
import { type HeadPredictions, writeHeads } from '../artifacts/head-predictions.ts';
import { needsOf } from '../heads/submission-form.ts';
import { type ScoreReport, score } from './score.ts';

const ROWS = 60;
const UNLABELED = 7;
const IDS = Array.from({ length: ROWS }, (_, i) => `x${i}`);

const PETS: Head = { name: 'label', task: 'single-label', classes: ['cat', 'dog', 'owl'] };
const TAGS: Head = { name: 'tags', task: 'multi-label', classes: ['cat', 'dog', 'owl'] };
const BINARY: Head = { name: 'y', task: 'single-label', classes: ['no', 'yes'] };
const MASK: readonly Head[] = [
  { name: 'mask', task: 'single-label', classes: ['on', 'off', 'askew'] },
  { name: 'gender', task: 'single-label', classes: ['male', 'female'] },
];

type Labels = ReadonlyMap<string, string | readonly string[]>;
/** Cells by column. */
type Cells = Readonly<Record<string, string>>;

/** One way to score a form, and how a grader without any of Podium's code would do it. */
interface Case {
  readonly form: string;
  readonly what: string;
  readonly header: string;
  /** The cells of each row of the sample. */
  readonly cells: string;
  readonly heads: readonly Head[];
  readonly options?: FormSettingsInput;
  readonly metric: string;
  /** The grader's score of a row; the score is their mean. */
  readonly grade: (cells: Cells, truth: Labels) => number;
}

const NAMES: Readonly<Record<string, string>> = { cat: '7', dog: '8', owl: '9' };
const COMBINED: Readonly<Record<string, string>> = { 'on male': 'x', 'off female': 'y' };

const single = (labels: Labels, head: string) => labels.get(head) as string;
const several = (labels: Labels, head: string) => labels.get(head) as readonly string[];
const equal = (a: unknown, b: unknown) => Number(a === b);

function f1(found: readonly string[], truth: readonly string[]): number {
  const both = found.filter((name) => truth.includes(name)).length;
  return found.length + truth.length === 0 ? 0 : (2 * both) / (found.length + truth.length);
}

const CASES: readonly Case[] = [
  {
    form: 'label',
    what: 'names of its own, and a label for unsure rows',
    header: 'id,label',
    cells: '7',
    heads: [PETS],
    options: { names: NAMES, unsure: { below: 0.5, label: 'new' } },
    metric: 'accuracy',
    grade: (cells, truth) => equal(cells.label, NAMES[single(truth, 'label')]),
  },
  {
    form: 'multi-label',
    what: 'thresholds, and at least one label',
    header: 'id,tags',
    cells: 'cat',
    heads: [TAGS],
    options: { threshold: { cat: 0.3, dog: 0.8 }, atMost: 2 },
    metric: 'f1-samples',
    grade: (cells, truth) => f1(cells.tags!.split(' '), several(truth, 'tags')),
  },
  {
    form: 'multi-label',
    what: 'a list as JSON, without any label',
    header: 'id,tags',
    cells: '"[""cat""]"',
    heads: [TAGS],
    options: { atLeast: 0, threshold: 0.7 },
    metric: 'exact-match',
    grade: (cells, truth) =>
      equal(JSON.stringify(JSON.parse(cells.tags!)), JSON.stringify(several(truth, 'tags').toSorted())),
  },
  {
    form: 'top-k',
    what: 'three labels',
    header: 'id,label',
    cells: 'a b c',
    heads: [{ name: 'label', task: 'single-label', classes: ['a', 'b', 'c', 'd', 'e'] }],
    metric: 'top-3',
    grade: (cells, truth) => Number(cells.label!.split(' ').includes(single(truth, 'label'))),
  },
  {
    form: 'top-k',
    what: 'the first label',
    header: 'id,label',
    cells: 'a b c',
    heads: [{ name: 'label', task: 'single-label', classes: ['a', 'b', 'c', 'd', 'e'] }],
    metric: 'accuracy',
    grade: (cells, truth) => equal(cells.label!.split(' ')[0], single(truth, 'label')),
  },
  {
    form: 'class-columns',
    what: 'rounded probabilities',
    header: 'id,owl,cat,dog',
    cells: '0.3,0.3,0.4',
    heads: [PETS],
    options: { decimals: 2 },
    metric: 'log-loss',
    grade: (cells, truth) => -Math.log(Math.max(Number(cells[single(truth, 'label')]), 2 ** -52)),
  },
  {
    form: 'class-columns',
    what: 'zeros and ones of several labels',
    header: 'id,owl,cat,dog',
    cells: '0,0,0',
    heads: [TAGS],
    options: { threshold: 0.2 },
    metric: 'exact-match',
    grade: (cells, truth) =>
      Number(TAGS.classes.every((name) => (cells[name] === '1') === several(truth, 'tags').includes(name))),
  },
  {
    form: 'class-columns',
    what: 'truth values of one class per image',
    header: 'id,owl,cat,dog',
    cells: 'True,False,False',
    heads: [PETS],
    metric: 'accuracy',
    grade: (cells, truth) => equal(cells[single(truth, 'label')], 'True'),
  },
  {
    form: 'probability',
    what: 'the class that comes first',
    header: 'id,p',
    cells: '0.5',
    heads: [BINARY],
    options: { positive: 'no', decimals: 1 },
    metric: 'log-loss',
    grade: (cells, truth) => {
      const p = single(truth, 'y') === 'no' ? Number(cells.p) : 1 - Number(cells.p);
      return -Math.log(Math.min(Math.max(p, 2 ** -52), 1 - 2 ** -52));
    },
  },
  {
    form: 'combined-heads',
    what: 'numbers of combinations',
    header: 'id,ans',
    cells: '0',
    heads: MASK,
    metric: 'accuracy',
    grade: (cells, truth) => {
      const [mask, gender] = MASK.map(({ name, classes }) => classes.indexOf(single(truth, name)));
      return equal(cells.ans, String(mask! * 2 + gender!));
    },
  },
  {
    form: 'combined-heads',
    what: 'combinations of which some have no name',
    header: 'id,ans',
    cells: 'x',
    heads: MASK,
    options: {
      names: [
        { classes: ['on', 'male'], name: 'x' },
        { classes: ['off', 'female'], name: 'y' },
      ],
    },
    metric: 'accuracy',
    grade: (cells, truth) =>
      equal(cells.ans, COMBINED[`${single(truth, 'mask')} ${single(truth, 'gender')}`]),
  },
  {
    form: 'head-columns',
    what: 'a column per head',
    header: 'id,gender,mask',
    cells: 'male,on',
    heads: MASK,
    metric: 'accuracy',
    grade: (cells, truth) =>
      (equal(cells.gender, single(truth, 'gender')) + equal(cells.mask, single(truth, 'mask'))) / 2,
  },
];

// Numbers have no classes to grade; test/regression.test.ts scores what they write.
test('every form is among the cases', () => {
  expect([...new Set(CASES.map(({ form }) => form))].sort()).toEqual(
    forms
      .names()
      .filter((name) => name !== 'numbers')
      .toSorted(),
  );
});

test.each(CASES)('the score of $form is that of the written CSV: $what', async (item) => {
  const { heads, metric, header, cells, grade } = item;
  const folder = mkdtempSync(join(tmpdir(), 'podium-score-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/s.csv'), `${header}\n${IDS.map((id) => `${id},${cells}\n`).join('')}`);
  const format = { path: 's.csv', idColumn: 'id', valueColumns: header.split(',').slice(1) };
  const { predictions, rows } = draw(heads);
  const sample = await readSample(join(folder, 'data'), format);
  const form = bindForm({ ...item.options, form: item.form }, sample, heads, needsOf(metric));
  const report = await runStage(folder, {
    predictions,
    rows,
    heads,
    format,
    metric,
    settings: form.settings,
  });
  expect(report.form).toBe(item.form);

  // What a grader does: the CSV, the true labels, and nothing of Podium's.
  const csv = Buffer.from(makeSubmission(sample, form, predictions).bytes).toString();
  const submitted = Papa.parse<Cells & { readonly id: string }>(csv, {
    header: true,
    skipEmptyLines: true,
  }).data;
  expect(submitted).toHaveLength(ROWS);
  const truth = new Map(
    rows.map(({ id, labels }) => [
      id,
      new Map(Object.entries(labels) as [string, string | readonly string[]][]),
    ]),
  );
  const grades = submitted
    .filter(({ id }) => truth.get(id)!.size === heads.length)
    .map((row) => grade(row, truth.get(row.id)!));
  expect(grades).toHaveLength(ROWS - UNLABELED);
  expect(report.score).toBeCloseTo(grades.reduce((sum, value) => sum + value, 0) / grades.length, 12);
  // The grader's score tells decisions apart.
  expect(new Set(grades).size).toBeGreaterThan(1);
});

test('thresholds of the submission change the score', async () => {
  const scores = await Promise.all(
    [0.2, 0.5, 0.8].map(async (threshold) => {
      const folder = mkdtempSync(join(tmpdir(), 'podium-score-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data/s.csv'), 'id,tags\nx0,cat\n');
      const settings = {
        form: 'multi-label',
        head: 'tags',
        threshold,
        atLeast: 1,
        list: 'plain',
        separator: ' ',
      };
      const format = { path: 's.csv', idColumn: 'id', valueColumns: ['tags'] };
      return (
        await runStage(folder, { ...draw([TAGS]), heads: [TAGS], format, metric: 'f1-macro', settings })
      ).score;
    }),
  );
  expect(new Set(scores).size).toBe(3);
});

/** Predictions that are often right, and training rows, a few of which lack a label. */
function draw(heads: readonly Head[]): { predictions: HeadPredictions; rows: ManifestRow[] } {
  const rng = Rng.fromSeed('score');
  const labels = IDS.map(() => new Map<string, string | readonly string[]>());
  const predictions = new Map<string, Predictions>();
  for (const { name, classes, task } of heads) {
    const own = rng.split(name);
    const logits = IDS.flatMap((_, row) => {
      const truth =
        task === 'single-label' ? [classes[own.int(classes.length)]!] : classes.filter(() => own.bool());
      labels[row]!.set(name, task === 'single-label' ? truth[0]! : truth);
      return classes.map((label) => own.normal(truth.includes(label) ? 1 : -0.5, 1.2));
    });
    const made = new Predictions({
      ids: IDS,
      classes,
      task,
      kind: 'logits',
      values: Float32Array.from(logits),
      folds: Int32Array.from(IDS, (_, row) => row % 3),
    });
    predictions.set(name, task === 'single-label' ? made.softmax() : made.sigmoid());
  }
  const rows = IDS.map((id, row): ManifestRow => {
    const known = row < UNLABELED ? [] : [...labels[row]!];
    return {
      id,
      image: { kind: 'file', path: `${id}.png` },
      labels: Object.fromEntries(known),
      weight: 1,
      provenance: { kind: 'true' },
    };
  });
  return { predictions, rows };
}

async function runStage(
  folder: string,
  given: {
    readonly predictions: HeadPredictions;
    readonly rows: readonly ManifestRow[];
    readonly heads: readonly Head[];
    readonly format: unknown;
    readonly metric: string;
    readonly settings: FormSettingsInput;
  },
): Promise<ScoreReport> {
  const path = (name: string) => join(folder, name);
  await writeManifest(path('train.jsonl'), { heads: given.heads, rows: given.rows });
  await writeHeads(path('oof'), given.predictions);
  writeFileSync(path('format.json'), JSON.stringify({ submission: given.format }));
  await score.run({
    settings: score.settings.parse({
      metric: given.metric,
      form: given.settings,
      names: ['a'],
      resamples: 100,
    }),
    inputs: {
      data: path('data'),
      format: path('format.json'),
      train: path('train.jsonl'),
      blend: path('oof'),
      members: [path('oof')],
    },
    outputs: { score: path('score.json') },
    rng: Rng.fromSeed(1),
  } as never);
  return JSON.parse(readFileSync(path('score.json'), 'utf8')) as ScoreReport;
}
