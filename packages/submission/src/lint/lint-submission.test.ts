import { Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COLUMNS, ids, LABELS, lines, MANY, oofWithCats, PETS } from '../../test/lint-cases.ts';
import { head, randomPredictions, sampleOf, tableOf } from '../../test/submissions.ts';
import { bindForm } from '../binding/bind-form.ts';
import { makeSubmission } from '../csv/make-submission.ts';
import { assertNoErrors, lintSubmission } from './lint-submission.ts';

test('one class is an error if chance cannot explain it', async () => {
  const sample = await sampleOf(MANY);
  const form = bindForm(undefined, sample, [PETS]);
  const all = await tableOf(MANY);
  const find = (share: number) =>
    lintSubmission(all, { sample, form, outOfFold: new Map([['label', oofWithCats(share)]]) }).findings.find(
      ({ rule }) => rule === 'one-class',
    );
  expect(find(0.5)).toMatchObject({ severity: 'error', message: expect.stringContaining('50 %') });
  expect(find(0.99)).toMatchObject({ severity: 'warning' });
});

test('groups are the units of noise: several images of one person are one draw', async () => {
  const sample = await sampleOf(MANY);
  const form = bindForm(undefined, sample, [PETS]);
  const submission = await tableOf(`id,label\n${lines((i) => `r${i},${i < 31 ? 'cat' : 'dog'}`)}`);
  const single = oofWithCats(0.35);
  const grouped = new Predictions({
    ...single,
    groups: single.ids.map((_, i) => String(i >> 4)),
  });
  const rulesOf = (label: typeof single) =>
    lintSubmission(submission, { sample, form, outOfFold: new Map([['label', label]]) }).findings.map(
      ({ rule }) => rule,
    );
  expect(rulesOf(single)).toEqual(['class-mix']);
  expect(rulesOf(grouped)).toEqual([]);
});

test('two samples of one distribution give no finding', async () => {
  const letters = head('letter', ...'abcdefghij');
  let found = 0;
  const sample = await sampleOf(`id,label\n${lines((i) => `r${i},a`, 300)}`);
  const form = bindForm(undefined, sample, [letters]);
  for (let seed = 0; seed < 40; seed++) {
    const outOfFold = new Map([['letter', randomPredictions(letters, ids(900), 1000 + seed)]]);
    const made = makeSubmission(
      sample,
      form,
      new Map([['letter', randomPredictions(letters, sample.ids, seed)]]),
    );
    found += lintSubmission(await tableOf(made.bytes), { sample, form, outOfFold }).findings.length;
  }
  expect(found).toBe(0);
});

test('assertNoErrors throws the first error and names the rules of the others', async () => {
  const sample = await sampleOf(LABELS);
  const form = bindForm(undefined, sample, [PETS]);
  const report = lintSubmission(await tableOf('id,label\n1,cta\nx,dog\n'), { sample, form });
  expect(report).toMatchObject({ ok: false, errors: 3, warnings: 0, rows: 2 });
  expect(() => assertNoErrors(report, 'run.csv')).toThrow(
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
  expect(() => assertNoErrors(accepted, 'run.csv')).not.toThrow();
  expect(() => lintSubmission(sample, { sample, form, accept: ['known-class'] })).toThrow(
    /did you mean "known-classes"/,
  );
});

test('a submission of another competition gives errors, not exceptions', async () => {
  const sample = await sampleOf(COLUMNS);
  const form = bindForm(undefined, sample, [PETS]);
  for (const text of ['a,b\nx,y\n', 'id\n1\n', 'id,cat,dog,owl\n']) {
    const outOfFold = new Map([['label', randomPredictions(PETS, ids(), 1)]]);
    const report = lintSubmission(await tableOf(text), { sample, form, outOfFold, previous: sample });
    expect(report.ok).toBe(false);
  }
});

test('submissions of random predictions have no errors, for any ids, classes, forms and styles', async () => {
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
      const target: Head = {
        name: 'head',
        classes: given.classes,
        task: given.form === 'multi-label' ? 'multi-label' : 'single-label',
      };
      const columns = given.form === 'class-columns' ? given.classes.map((item) => `c ${item}`) : ['answer'];
      const table = [['the id', ...columns], ...given.ids.map((item) => [item, ...columns.map(() => '0')])];
      const text = `${given.bom}${table.map((cells) => cells.map(quote).join(',')).join(given.newline)}${given.newline}`;
      const sample = await sampleOf(given.newline === '\n' ? text : text.replaceAll(/(?<!\r)\n/g, '\r\n'));
      expect(sample.ids).toEqual(given.ids);
      const settings = {
        form: given.form,
        ...(given.form === 'class-columns' && {
          decimals: given.decimals,
          columns: Object.fromEntries(given.classes.map((item) => [`c ${item}`, item])),
        }),
      };
      const form = bindForm(settings, sample, [target]);
      const values = new Map([['head', randomPredictions(target, given.ids.toReversed(), given.seed)]]);
      const made = makeSubmission(sample, form, values);
      const submission = await tableOf(made.bytes);
      const report = lintSubmission(submission, {
        sample,
        form,
        outOfFold: values,
        folds: { expected: [0], contributed: { a: [0] } },
      });
      expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(submission.rows.map((row) => row.id)).toEqual(given.ids);
      expect(makeSubmission(sample, form, values).sha256).toBe(made.sha256);
    }),
    { numRuns: 80 },
  );
});
