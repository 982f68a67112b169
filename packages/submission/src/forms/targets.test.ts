import { type Predictions, Rng } from '@podium/core';
import type { Head } from '@podium/dataset';
import { describe, expect, test } from 'vitest';
import { head, multi, predictions, sampleOf } from '../../test/submissions.ts';
import { bindForm } from '../binding/bind-form.ts';
import { formCells } from '../csv/make-submission.ts';
import type { FormSettingsInput, ScoredTarget } from './form.ts';
import { forms } from './registry.ts';

const PETS = head('label', 'cat', 'dog', 'owl');
const TAGS = multi('tags', 'cat', 'dog', 'owl');
const MASK = [head('mask', 'on', 'off'), head('gender', 'male', 'female')];

/** Values per class of a row, as a grader reads its cells. */
function read({ classes, read: cellsOf }: ScoredTarget, cells: readonly string[]): number[] {
  const values = classes.map(() => 0);
  for (const [k, value] of cellsOf(cells)) values[k] = value;
  return values;
}

/** What is written for these values of each head, and what a grader reads from it. */
async function graded(
  text: string,
  heads: readonly Head[],
  settings: FormSettingsInput,
  rows: Readonly<Record<string, readonly number[]>>,
) {
  const sample = await sampleOf(text);
  const form = bindForm(settings, sample, heads);
  const made = new Map(
    heads.flatMap((item): [string, Predictions][] => {
      const values = rows[item.name];
      return values === undefined ? [] : [[item.name, predictions(item, ['x'], [values])]];
    }),
  );
  const cells = formCells(form, made, ['x'])(0);
  return form.targets!.map((target) => ({ cells, target, values: read(target, cells) }));
}

test.each<[string, string, readonly Head[], FormSettingsInput, Parameters<typeof graded>[3], object]>([
  [
    'an unsure row: a class that is never true',
    'id,label\n1,cat\n',
    [PETS],
    { form: 'label', unsure: { below: 0.9, label: 'new' } },
    { label: [0.6, 0.3, 0.1] },
    { target: { classes: ['cat', 'dog', 'owl', 'new'] }, values: [0, 0, 0, 1] },
  ],
  [
    'labels at their threshold, and at least one',
    'id,tags\n1,cat\n',
    [TAGS],
    { form: 'multi-label', threshold: 0.2 },
    { tags: [0.2, 0.19, 0.3] },
    { values: [1, 0, 1] },
  ],
  [
    'at least one label',
    'id,tags\n1,cat\n',
    [TAGS],
    { form: 'multi-label', threshold: 0.9 },
    { tags: [0.2, 0.1, 0.3] },
    { values: [0, 0, 1] },
  ],
  [
    'a text for none: a class of its own',
    'id,tags\n1,cat\n',
    [TAGS],
    { form: 'multi-label', none: 'nothing' },
    { tags: [0.2, 0.1, 0.3] },
    { target: { classes: ['cat', 'dog', 'owl', 'nothing'] }, values: [0, 0, 0, 1] },
  ],
  [
    'the order of three labels',
    'id,label\n1,cat dog owl\n',
    [PETS],
    { form: 'top-k', k: 2 },
    { label: [0.2, 0.3, 0.5] },
    { values: [0, 1 / 3, 2 / 3] },
  ],
  [
    'rounded probabilities',
    'id,cat,dog,owl\n1,0.3,0.3,0.4\n',
    [PETS],
    { form: 'class-columns', decimals: 1 },
    { label: [0.26, 0.33, 0.41] },
    { values: [0.3, 0.3, 0.4] },
  ],
  [
    'what is left for a class without a column',
    'id,cat,dog\n1,0.3,0.3\n',
    [PETS],
    { form: 'class-columns', columns: { cat: 'cat', dog: 'dog' } },
    { label: [0.25, 0.25, 0.5] },
    { target: { classes: ['owl', 'cat', 'dog'] }, values: [0.5, 0.25, 0.25] },
  ],
  [
    'labels without a column, which nobody scores',
    'id,cat,dog\n1,0.3,0.3\n',
    [TAGS],
    { form: 'class-columns', columns: { cat: 'dog', dog: 'owl' } },
    { tags: [0.25, 0.5, 0.75] },
    { target: { classes: ['dog', 'owl'] }, values: [0.5, 0.75] },
  ],
  [
    'truth values',
    'id,cat,dog,owl\n1,TRUE,FALSE,FALSE\n',
    [TAGS],
    { threshold: 0.3 },
    { tags: [0.25, 0.5, 0.75] },
    { cells: ['FALSE', 'TRUE', 'TRUE'], values: [0, 1, 1] },
  ],
  [
    'one class against the rest',
    'id,p\n1,0.5\n',
    [PETS],
    { form: 'probability', positive: 'dog' },
    { label: [0.25, 0.25, 0.5] },
    { target: { classes: ['not dog', 'dog'] }, values: [0.75, 0.25] },
  ],
  [
    'a combination of heads',
    'id,ans\n1,0\n',
    MASK,
    { form: 'combined-heads' },
    { mask: [0.4, 0.6], gender: [0.7, 0.3] },
    { target: { name: 'mask x gender', classes: ['0', '1', '2', '3'] }, values: [0, 0, 1, 0] },
  ],
  [
    'combinations that have no name: the likeliest that has one is written',
    'id,ans\n1,x\n',
    MASK,
    {
      form: 'combined-heads',
      names: [
        { classes: ['on', 'male'], name: 'a' },
        { classes: ['off', 'female'], name: 'b' },
      ],
    },
    { mask: [0.4, 0.6], gender: [0.7, 0.3] },
    { target: { classes: ['a', 'on + female', 'off + male', 'b'] }, values: [1, 0, 0, 0] },
  ],
])('a grader reads %s', async (_, text, heads, settings, rows, expected) => {
  const [first] = await graded(text, heads, settings, rows);
  expect(first).toMatchObject(expected);
});

test('a truth that the row does not have is none; a text for none is one', async () => {
  const sample = await sampleOf('id,tags\n1,cat\n');
  const [target] = bindForm({ form: 'multi-label', none: 'nothing' }, sample, [TAGS]).targets!;
  expect(target!.truth(() => ['owl', 'cat'])).toEqual([2, 0]);
  expect(target!.truth(() => [])).toEqual([3]);
  expect(target!.truth(() => undefined)).toBeUndefined();
  const both = bindForm({ form: 'combined-heads' }, await sampleOf('id,ans\n1,0\n'), MASK).targets!;
  expect(both[0]!.truth((name) => (name === 'mask' ? 'off' : undefined))).toBeUndefined();
  expect(both[0]!.truth((name) => (name === 'mask' ? 'off' : 'female'))).toEqual([3]);
});

describe.each(forms.list())('$name', ({ name, example: { sample: text, heads } }) => {
  test('a grader reads the truth from certain predictions of it', async () => {
    const sample = await sampleOf(text);
    const form = bindForm({ form: name }, sample, heads);
    const ids = Array.from({ length: 30 }, (_, i) => `x${i}`);
    const rng = Rng.fromSeed('targets').split(name);
    const labels = new Map(
      heads.map(({ name: own, classes, task }) => [
        own,
        ids.map(() => {
          if (task === 'regression') return classes.map(() => String(Math.fround(rng.float())));
          const label = classes[rng.int(classes.length)]!;
          return task === 'single-label' ? label : [label];
        }),
      ]),
    );
    const certain = new Map(
      heads.map((item) => {
        const truths = ids.map((_, row) => [labels.get(item.name)![row]!].flat());
        if (item.task === 'regression')
          return [
            item.name,
            predictions(
              item,
              ids,
              truths.map((numbers) => numbers.map(Number)),
              'numbers',
            ),
          ];
        const rows = truths.map((truth) => item.classes.map((label) => Number(truth.includes(label))));
        return [item.name, predictions(item, ids, rows)];
      }),
    );
    const cellsOf = formCells(form, certain, ids);
    for (const target of form.targets!) {
      expect(new Set(target.classes).size).toBe(target.classes.length);
      for (const row of ids.keys()) {
        const truth = target.truth((own) => labels.get(own)?.[row])!;
        const values = read(target, cellsOf(row));
        if (target.task === 'regression') {
          expect(values.map(Math.fround)).toEqual(truth);
          continue;
        }
        const largest = Math.max(...values);
        expect(values.flatMap((value, k) => (value === largest ? [k] : []))).toEqual(truth);
      }
    }
  });
});
