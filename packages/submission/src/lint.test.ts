import { Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  head,
  multi,
  predictions,
  randomPredictions,
  sampleOf,
  tableOf,
} from '../../../apps/podium/test/submission.ts';
import type { FormSettings } from './form.ts';
import { type LintOptions, lintSubmission, refuseErrors } from './lint.ts';
import { makeSubmission } from './make-submission.ts';
import { bindForm } from './recognize.ts';
import { rules } from './rules/index.ts';

const PETS = head('label', 'cat', 'dog', 'owl');
const TAGS = multi('tags', 'cat', 'dog', 'owl');

/** What is in a submission's way, and what is not. */
interface Case {
  readonly sample: string;
  readonly heads?: readonly Head[];
  readonly form?: FormSettings;
  readonly good: string;
  readonly bad: string;
  /** What the finding says. */
  readonly message: RegExp;
  readonly severity?: 'error' | 'warning';
  /** Lines of the example rows. */
  readonly lines?: readonly number[];
  readonly options?: (which: 'good' | 'bad') => Partial<LintOptions> | Promise<Partial<LintOptions>>;
}

const LABELS = 'id,label\n1,cat\n01,cat\nc.jpg,dog\n';
const COLUMNS = 'id,cat,dog,owl\n1,0,0,0\n2,0,0,0\n';
const many = (row: (i: number) => string, n = 40) =>
  Array.from({ length: n }, (_, i) => `${row(i)}\n`).join('');
const ids = (n = 40) => Array.from({ length: n }, (_, i) => `r${i}`);
const MANY = `id,label\n${many((i) => `r${i},cat`)}`;
const oofOf = (share: number) =>
  predictions(
    PETS,
    ids(400),
    ids(400).map((_, i) => (i < share * 400 ? [1, 0, 0] : [0, 1, 0])),
  );

/** By rule: a submission that it passes and one that it does not, the second differing in nothing else. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  header: [
    {
      sample: LABELS,
      good: LABELS,
      bad: LABELS.replace('label', 'Label'),
      message: /without "label" and with "Label"/,
    },
    {
      sample: COLUMNS,
      good: 'id,cat,dog,owl\n1,1,0,0\n2,0,1,0\n',
      bad: 'id,dog,cat,owl\n1,1,0,0\n2,0,1,0\n',
      message: /in another order/,
    },
    {
      sample: LABELS,
      good: LABELS,
      bad: 'id,label,x\n1,cat,1\n01,cat,1\nc.jpg,dog,1\n',
      message: /with "x", which the sample does not have/,
    },
  ],
  'missing-rows': [
    {
      sample: LABELS,
      good: LABELS,
      bad: 'id,label\n1,cat\nc.jpg,dog\n',
      message: /1 id of sample_submission.csv without a row: "01" \(line 3\)/,
      lines: [3],
    },
  ],
  'unknown-rows': [
    {
      sample: LABELS,
      good: LABELS,
      bad: `${LABELS}001,cat\n`,
      message: /1 row with an id.*"001" \(line 5\); the sample writes "(1|01)"/,
      lines: [5],
    },
    { sample: LABELS, good: LABELS, bad: `${LABELS}x,cat\n`, message: /"x" \(line 5\)$/, lines: [5] },
  ],
  'doubled-rows': [
    {
      sample: LABELS,
      good: LABELS,
      bad: `${LABELS}1,dog\n`,
      message: /1 row whose id has a row already: "1" \(line 5\)/,
      lines: [5],
    },
  ],
  'row-order': [
    {
      sample: LABELS,
      good: LABELS,
      bad: 'id,label\n01,cat\n1,cat\nc.jpg,dog\n',
      message: /"01" \(line 2\) stands where "1" belongs/,
      lines: [2],
    },
  ],
  'finite-numbers': [
    {
      sample: COLUMNS,
      good: 'id,cat,dog,owl\n1,1,0,0\n2,0,1e-9,1\n',
      bad: 'id,cat,dog,owl\n1,nan,0,1\n2,0,0,1\n',
      message: /1 cell of "cat".*"nan" in "1" \(line 2\)/,
      lines: [2],
    },
    {
      sample: COLUMNS,
      good: 'id,cat,dog,owl\n1,1,0,0\n2,0,0,1\n',
      bad: 'id,cat,dog,owl\n1,1,0,0\n2,,0,1\n',
      message: /"" in "2"/,
      lines: [3],
    },
    {
      sample: COLUMNS,
      good: 'id,cat,dog,owl\n1,1,0,0\n2,0,0,1\n',
      bad: 'id,cat,dog,owl\n1,1,0,0\n2,1e999,0,0\n',
      message: /"1e999"/,
      lines: [3],
    },
  ],
  'in-range': [
    {
      sample: COLUMNS,
      good: 'id,cat,dog,owl\n1,1,0,0\n2,0,0,1\n',
      bad: 'id,cat,dog,owl\n1,1.5,-0.5,0\n2,0,0,1\n',
      message: /1 number of "cat" outside \[0, 1\]: 1.5 in "1"/,
      lines: [2],
    },
  ],
  'sums-to-one': [
    {
      sample: COLUMNS,
      good: 'id,cat,dog,owl\n1,0.33333,0.33333,0.33333\n2,0,0,1\n',
      bad: 'id,cat,dog,owl\n1,0.33,0.33,0.33\n2,0,0,1\n',
      message: /1 row do not sum to 1 \(cat to owl\): 0.99 in "1"/,
      lines: [2],
    },
  ],
  'known-classes': [
    {
      sample: LABELS,
      good: LABELS,
      bad: LABELS.replace('1,cat', '1,Cat'),
      message: /1 cell of "label" with an unknown label: "Cat" in "1" \(line 2\) \(did you mean "cat"\?\)/,
      lines: [2],
    },
    {
      sample: LABELS,
      form: { form: 'label', names: { cat: '07' } },
      good: 'id,label\n1,07\n01,dog\nc.jpg,dog\n',
      bad: 'id,label\n1,7\n01,dog\nc.jpg,dog\n',
      message: /unknown label: "7"/,
      lines: [2],
    },
    {
      sample: 'id,tags\n1,cat\n2,cat\n',
      heads: [TAGS],
      good: 'id,tags\n1,cat owl\n2,dog\n',
      bad: 'id,tags\n1,cat owll\n2,dog\n',
      message: /"owll".*did you mean "owl"/,
      lines: [2],
    },
  ],
  'label-count': [
    {
      sample: 'id,label\n1,cat dog\n2,cat dog\n',
      good: 'id,label\n1,cat owl\n2,dog cat\n',
      bad: 'id,label\n1,cat owl dog\n2,dog cat\n',
      message: /1 cell of "label" without 2 labels/,
      lines: [2],
    },
    {
      sample: 'id,label\n1,cat dog\n2,cat dog\n',
      good: 'id,label\n1,cat owl\n2,dog cat\n',
      bad: 'id,label\n1,cat cat\n2,dog cat\n',
      message: /with a label twice: "cat cat"/,
      lines: [2],
    },
    {
      sample: 'id,tags\n1,cat\n2,cat\n',
      heads: [TAGS],
      good: 'id,tags\n1,cat owl\n2,dog\n',
      bad: 'id,tags\n1,\n2,dog\n',
      message: /without 1 to 3 labels: ""/,
      lines: [2],
    },
  ],
  'every-fold': [
    {
      sample: LABELS,
      good: LABELS,
      bad: LABELS,
      message: /a lacks fold 1; b has fold 0 twice; b has fold 7, which there is none of/,
      options: foldsOf,
    },
  ],
  'class-mix': [
    {
      sample: MANY,
      good: `id,label\n${many((i) => `r${i},${i < 16 ? 'cat' : 'dog'}`)}`,
      bad: `id,label\n${many((i) => `r${i},${i < 38 ? 'cat' : 'dog'}`)}`,
      message: /45 % of the rows.*(95|5) % against 50 %/,
      severity: 'warning',
      options: () => ({ outOfFold: { label: oofOf(0.5) } }),
    },
    {
      sample: `id,p\n${many((i) => `r${i},0.5`)}`,
      heads: [head('label', 'no', 'yes')],
      good: `id,p\n${many((i) => `r${i},0.${i % 10}`)}`,
      bad: `id,p\n${many((i) => `r${i},0.9${i % 10}`)}`,
      message: /the mean of "p" is 0.945, out of fold 0.45/,
      severity: 'warning',
      options: () => ({
        outOfFold: {
          label: predictions(
            head('label', 'no', 'yes'),
            ids(400),
            ids(400).map((_, i) => [1 - (i % 10) / 10, (i % 10) / 10]),
          ),
        },
      }),
    },
  ],
  'one-class': [
    {
      sample: LABELS,
      good: LABELS,
      bad: 'id,label\n1,cat\n01,cat\nc.jpg,cat\n',
      message: /all 3 rows of "label" say "cat"$/,
      severity: 'warning',
    },
  ],
  'constant-probabilities': [
    {
      sample: COLUMNS,
      good: 'id,cat,dog,owl\n1,1,0,0\n2,0,0,1\n',
      bad: 'id,cat,dog,owl\n1,0.5,0.5,0\n2,0.5,0.5,0\n',
      message: /all 2 rows have the same probabilities: 0.5, 0.5, 0/,
      severity: 'warning',
    },
    {
      sample: `id,p\n${many((i) => `r${i},0.5`)}`,
      heads: [head('label', 'no', 'yes')],
      good: `id,p\n${many((i) => `r${i},0.${i % 10}`)}`,
      bad: `id,p\n${many((i) => `r${i},0.3`)}`,
      message: /all 40 rows/,
      severity: 'error',
    },
  ],
  'last-submission': [
    {
      sample: LABELS,
      good: LABELS.replace('1,cat', '1,owl'),
      bad: LABELS,
      message: /not one of 3 rows differs from last.csv/,
      severity: 'warning',
      options: async () => ({ previous: await tableOf(LABELS, 'id', 'last.csv') }),
    },
    {
      sample: LABELS,
      good: LABELS.replace('1,cat', '1,owl'),
      bad: 'id,label\n1,owl\n01,owl\nc.jpg,dog\n',
      message: /2 of 3 rows are decided otherwise/,
      severity: 'warning',
      lines: [2, 3],
      options: async () => ({ previous: await tableOf(LABELS, 'id', 'last.csv') }),
    },
    {
      sample: COLUMNS,
      good: 'id,cat,dog,owl\n1,0.6,0.4,0\n2,0,0,1\n',
      bad: 'id,cat,dog,owl\n1,0.5000001,0.4999999,0\n2,0,0,1\n',
      message: /not one of 2 rows/,
      severity: 'warning',
      options: async () => ({
        previous: await tableOf('id,cat,dog,owl\n1,0.5,0.5,0\n2,0,0,1\n', 'id', 'last.csv'),
      }),
    },
    {
      sample: COLUMNS,
      good: 'id,cat,dog,owl\n1,0.6,0.4,0\n2,0,0.1,0.9\n',
      bad: 'id,cat,dog,owl\n1,0,1,0\n2,1,0,0\n',
      message: /2 of 2 rows/,
      severity: 'warning',
      lines: [2, 3],
      options: async () => ({
        previous: await tableOf('id,cat,dog,owl\n1,0.51,0.49,0\n2,0,0,1\n', 'id', 'last.csv'),
      }),
    },
  ],
};

function foldsOf(which: 'good' | 'bad'): Partial<LintOptions> {
  const contributed: Record<string, number[]> =
    which === 'bad' ? { a: [0], b: [0, 0, 1, 7] } : { a: [0, 1], b: [1, 0] };
  return { folds: { expected: [0, 1], contributed } };
}

async function lint(item: Case, which: 'good' | 'bad') {
  const sample = await sampleOf(item.sample);
  const form = bindForm(item.form, sample, item.heads ?? [PETS]);
  return lintSubmission(await tableOf(item[which]), { sample, form, ...(await item.options?.(which)) });
}

describe.each(rules.list())('$name', (rule) => {
  test('has a case, and says what it looks for', () => {
    expect(CASES[rule.name]).toBeDefined();
    expect(rule.summary.length).toBeGreaterThan(10);
  });

  test.each((CASES[rule.name] ?? []).map((item, i) => [i, item] as const))(
    'finds what is planted, and nothing else: %i',
    async (_, item) => {
      expect((await lint(item, 'good')).findings).toEqual([]);
      const { findings, ok } = await lint(item, 'bad');
      const own = findings.filter((finding) => finding.rule === rule.name);
      const [first] = own;
      expect(first?.message).toMatch(item.message);
      expect(first?.severity).toBe(item.severity ?? 'error');
      expect(first?.fix).toMatch(/^[a-z]/);
      expect(first?.rows.map(({ line }) => line)).toEqual(item.lines ?? []);
      expect(ok).toBe(findings.every(({ severity }) => severity === 'warning'));
    },
  );
});

test('one class is an error where chance cannot have made it', async () => {
  const sample = await sampleOf(MANY);
  const form = bindForm(undefined, sample, [PETS]);
  const all = await tableOf(MANY);
  const find = (share: number) =>
    lintSubmission(all, { sample, form, outOfFold: { label: oofOf(share) } }).findings.find(
      ({ rule }) => rule === 'one-class',
    );
  expect(find(0.5)).toMatchObject({ severity: 'error', message: expect.stringContaining('50 %') });
  expect(find(0.99)).toMatchObject({ severity: 'warning' });
});

test('groups are the units of noise: seven photographs of one person are one draw', async () => {
  const sample = await sampleOf(MANY);
  const form = bindForm(undefined, sample, [PETS]);
  const submission = await tableOf(`id,label\n${many((i) => `r${i},${i < 31 ? 'cat' : 'dog'}`)}`);
  const single = oofOf(0.35);
  const grouped = new Predictions({
    ...single,
    groups: single.ids.map((_, i) => String(i >> 4)),
  });
  const rulesOf = (label: typeof single) =>
    lintSubmission(submission, { sample, form, outOfFold: { label } }).findings.map(({ rule }) => rule);
  expect(rulesOf(single)).toEqual(['class-mix']);
  expect(rulesOf(grouped)).toEqual([]);
});

test('two samples of one mixture are hardly ever told apart', async () => {
  const own = head('label', ...'abcdefghij');
  let found = 0;
  const sample = await sampleOf(`id,label\n${many((i) => `r${i},a`, 300)}`);
  const form = bindForm(undefined, sample, [own]);
  for (let seed = 0; seed < 40; seed++) {
    const outOfFold = { label: randomPredictions(own, ids(900), 1000 + seed) };
    const made = makeSubmission(sample, form, { label: randomPredictions(own, sample.ids, seed) });
    found += lintSubmission(await tableOf(made.bytes), { sample, form, outOfFold }).findings.length;
  }
  expect(found).toBe(0);
});

test('errors stop, with the first and how many more', async () => {
  const sample = await sampleOf(LABELS);
  const form = bindForm(undefined, sample, [PETS]);
  const report = lintSubmission(await tableOf('id,label\n1,cta\nx,dog\n'), { sample, form });
  expect(report).toMatchObject({ ok: false, errors: 3, warnings: 0, rows: 2 });
  expect(() => refuseErrors(report, 'run.csv')).toThrow(
    expect.objectContaining({
      code: 'submission-lint',
      message: expect.stringMatching(
        /^run.csv:2: .*"cta".*\[known-classes\]; 2 more: missing-rows, unknown-rows\n {2}fix: /,
      ),
    }),
  );
  const accept = ['known-classes', 'missing-rows', 'unknown-rows'];
  const accepted = lintSubmission(await tableOf('id,label\n1,cta\nx,dog\n'), { sample, form, accept });
  expect(accepted).toMatchObject({ ok: true, errors: 0, warnings: 3 });
  expect(() => refuseErrors(accepted, 'run.csv')).not.toThrow();
  expect(() => lintSubmission(sample, { sample, form, accept: ['known-class'] })).toThrow(
    /did you mean "known-classes"/,
  );
});

test('a submission of another competition altogether, or of none, is all errors and no exception', async () => {
  const sample = await sampleOf(COLUMNS);
  const form = bindForm(undefined, sample, [PETS]);
  for (const text of ['a,b\nx,y\n', 'id\n1\n', 'id,cat,dog,owl\n']) {
    const outOfFold = { label: randomPredictions(PETS, ids(), 1) };
    const report = lintSubmission(await tableOf(text), { sample, form, outOfFold, previous: sample });
    expect(report.ok).toBe(false);
  }
});

test('no submission of random predictions has an error, whatever ids, classes, heads and style there are', async () => {
  const unit = fc.constantFrom('a', 'B', '0', '7', '.', '-', '_', '"', ',', ';', '\n', ' ', 'é', '猫', '🐈');
  const id = fc
    .string({ unit, minLength: 1, maxLength: 8 })
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const name = fc.stringMatching(/^[a-z0-9é猫]{1,6}$/);
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const arbitrary = fc.record({
    ids: fc.uniqueArray(id, { minLength: 1, maxLength: 12 }),
    classes: fc.uniqueArray(name, { minLength: 2, maxLength: 5, selector: (text) => text.toLowerCase() }),
    form: fc.constantFrom('label', 'class-columns', 'multi-label', 'top-k'),
    newline: fc.constantFrom('\n', '\r\n'),
    bom: fc.constantFrom('', '\ufeff'),
    seed: fc.nat(),
    decimals: fc.option(fc.integer({ min: 4, max: 8 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async (given) => {
      const own: Head = {
        name: 'head',
        classes: given.classes,
        task: given.form === 'multi-label' ? 'multi-label' : 'single-label',
      };
      const columns = given.form === 'class-columns' ? given.classes.map((item) => `c ${item}`) : ['answer'];
      const lines = [['the id', ...columns], ...given.ids.map((item) => [item, ...columns.map(() => '0')])];
      const text = `${given.bom}${lines.map((cells) => cells.map(quote).join(',')).join(given.newline)}${given.newline}`;
      const sample = await sampleOf(given.newline === '\n' ? text : text.replaceAll(/(?<!\r)\n/g, '\r\n'));
      expect(sample.ids).toEqual(given.ids);
      const settings = {
        form: given.form,
        ...(given.form === 'class-columns' && {
          decimals: given.decimals,
          columns: Object.fromEntries(given.classes.map((item) => [`c ${item}`, item])),
        }),
      };
      const form = bindForm(settings, sample, [own]);
      const values = { head: randomPredictions(own, given.ids.toReversed(), given.seed) };
      const made = makeSubmission(sample, form, values);
      const table = await tableOf(made.bytes);
      const report = lintSubmission(table, {
        sample,
        form,
        outOfFold: values,
        folds: { expected: [0], contributed: { a: [0] } },
      });
      expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(table.rows.map((row) => row.id)).toEqual(given.ids);
      expect(makeSubmission(sample, form, values).sha256).toBe(made.sha256);
    }),
    { numRuns: 80 },
  );
});
