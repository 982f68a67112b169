import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Predictions } from './predictions.ts';
import type { PredictionsParts } from './predictions-parts.ts';

const good: PredictionsParts = {
  ids: ['a.jpg', 'b.jpg', 'c.jpg'],
  classes: ['cat', 'dog'],
  values: Float32Array.of(0.25, 0.75, 1, 0, 0.5, 0.5),
  kind: 'probabilities',
};
const logits: PredictionsParts = { ...good, kind: 'logits', values: Float32Array.of(1, 2, -3, 4, 0, 0) };
const out = new Predictions({ ...good, folds: Int32Array.of(0, 1, 1), groups: ['p', 'q', 'p'] });

/** Parts with one thing changed. */
const withParts = (change: object): PredictionsParts => ({ ...good, ...change }) as PredictionsParts;
const values = (...list: number[]) => ({ values: Float32Array.from(list) });

test.each<[string, object, RegExp]>([
  ['kind', { kind: 'probs' }, /kind: expected probabilities\|logits\|numbers, got "probs"/],
  [
    'task',
    { task: 'multilabel' },
    /task: expected single-label\|multi-label\|regression, got "multilabel" \(did you mean "multi-label"\?\)/,
  ],
  ['no class', { classes: [] }, /classes: expected at least one class/],
  ['plain numbers', { values: [1, 0, 1, 0, 1, 0] }, /values: expected a Float32Array, got Array/],
  ['too few values', values(1, 0), /values: expected 3 ids x 2 classes = 6 values, got 2/],
  ['too few folds', { folds: Int32Array.of(1) }, /folds: expected one per row, 3, got 1/],
  ['too many groups', { groups: ['a', 'b', 'c', 'd'] }, /groups: expected one per row, 3, got 4/],
  ['an id twice', { ids: ['a', 'b', 'a'] }, /id "a" occurs twice, in rows 0 and 2/],
  ['an empty id', { ids: ['a', '', 'c'] }, /the id of row 1: expected a non-empty string, got ""/],
  ['an id that is a number', { ids: ['a', 2, 'c'] }, /the id of row 1.*got 2/],
  ['a class twice', { classes: ['cat', 'cat'] }, /class "cat" occurs twice, in columns 0 and 1/],
  [
    'NaN',
    values(0.25, 0.75, 1, Number.NaN, 0.5, 0.5),
    /row 1 \("b.jpg"\), class "dog": expected a finite number, got NaN/,
  ],
  [
    'infinity',
    { ...logits, ...values(0, 0, 0, 0, -1 / 0, 0) },
    /row 2 \("c.jpg"\), class "cat".*got -Infinity/,
  ],
  [
    'opposite infinities',
    { ...logits, ...values(0, 1 / 0, -1 / 0, 0, 0, 0) },
    /row 0 \("a.jpg"\), class "dog".*got Infinity/,
  ],
  [
    'above 1',
    values(0.25, 0.75, 1.5, -0.5, 0.5, 0.5),
    /row 1 \("b.jpg"\), class "cat": expected a probability in \[0, 1\], got 1.5/,
  ],
  ['below 0', values(0.25, 0.75, 1, 0, -0.5, 0.5), /row 2 \("c.jpg"\), class "cat".*got -0.5/],
  [
    'a wrong sum',
    values(0.25, 0.75, 0.5, 0.25, 0.5, 0.5),
    /row 1 \("b.jpg"\): expected a sum of 1, got 0.75/,
  ],
  [
    'a fold below 0',
    { folds: Int32Array.of(0, -1, 0) },
    /fold of row 1 \("b.jpg"\): expected an integer >= 0, got -1/,
  ],
  ['folds of another type', { folds: [0, 1, 2] }, /folds: expected an Int32Array/],
  [
    'a group that is no string',
    { groups: ['p', null, 'q'] },
    /group of row 1 \("b.jpg"\): expected a string, got null/,
  ],
])('rejects %s, naming the place', (_, change, message) => {
  expect(() => new Predictions(withParts(change))).toThrow(message);
  expect(() => new Predictions(withParts(change))).toThrow(
    expect.objectContaining({ code: 'predictions-malformed' }),
  );
});

test('allows rounded probabilities, independent labels, and no rows', () => {
  expect(new Predictions(withParts(values(0.25, 0.75, 1.00001, -0.00001, 0.33333, 0.66666))).length).toBe(3);
  expect(new Predictions(withParts({ task: 'multi-label', ...values(1, 1, 0, 0, 0.5, 0.9) })).task).toBe(
    'multi-label',
  );
  expect(new Predictions(withParts({ ids: [], values: new Float32Array() })).length).toBe(0);
});

test('rows of a thousand float32 probabilities pass the sum check', () => {
  const width = 1000;
  const random = new Predictions({
    ids: ['a'],
    classes: Array.from({ length: width }, (_, k) => `class ${k}`),
    values: Float32Array.from({ length: width }, (_, k) => Math.sin(k * k) * 8),
    kind: 'logits',
  });
  expect(random.softmax().kind).toBe('probabilities');
});

test('a row is a view', () => {
  expect([...out.row(1)]).toEqual([1, 0]);
  expect(out.row(1).buffer).toBe(out.values.buffer);
  expect(() => out.row(3)).toThrow(/no such row: expected 0 to 2, got 3/);
  expect(() => out.row(0.5)).toThrow(/no such row/);
});

test('does not change when its input lists do', () => {
  const ids = ['a', 'b', 'c'];
  const made = new Predictions({ ...good, ids });
  ids.reverse();
  expect(made.ids).toEqual(['a', 'b', 'c']);
  expect(made.indexOf('a')).toBe(0);
});

test('selects rows by id, with their folds and groups', () => {
  const picked = out.select(['c.jpg', 'a.jpg']);
  expect(picked.ids).toEqual(['c.jpg', 'a.jpg']);
  expect([...picked.values]).toEqual([0.5, 0.5, 0.25, 0.75]);
  expect([...(picked.folds ?? [])]).toEqual([1, 0]);
  expect(picked.groups).toEqual(['p', 'p']);
  expect(out.select([]).length).toBe(0);
});

test('names an unknown id with the nearest one, and rejects duplicate ids', () => {
  expect(() => out.select(['a.jpeg'])).toThrow(/no prediction for "a.jpeg" \(did you mean "a.jpg"\?\)/);
  expect(() => out.select(['a.jpg', 'a.jpg'])).toThrow(/id "a.jpg" occurs twice/);
});

test('aligning needs every row', () => {
  expect(out.align(['b.jpg', 'c.jpg', 'a.jpg']).ids).toEqual(['b.jpg', 'c.jpg', 'a.jpg']);
  expect(() => out.align(['c.jpg', 'a.jpg'])).toThrow(
    /1 of 3 predicted ids are left out, starting with "b.jpg"/,
  );
  expect(() => out.align(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'])).toThrow(
    expect.objectContaining({ code: 'predictions-unknown-id' }),
  );
});

test('aligning classes moves the columns', () => {
  const turned = out.alignClasses(['dog', 'cat']);
  expect(turned.classes).toEqual(['dog', 'cat']);
  expect([...turned.values]).toEqual([0.75, 0.25, 0, 1, 0.5, 0.5]);
  expect(turned.folds).toBe(out.folds);
});

test.each([[['dog']], [['dog', 'cat', 'cow']], [['dog', 'dog']], [['dog', 'cow']]])(
  'classes %j are not the same classes',
  (classes) => {
    expect(() => out.alignClasses(classes)).toThrow(
      expect.objectContaining({ code: 'predictions-classes-differ' }),
    );
  },
);

test('the parts of folds go together to the out-of-fold predictions of a table', () => {
  const whole = new Predictions(good);
  const parts = [whole.select(['c.jpg']).withFold(1), whole.select(['a.jpg', 'b.jpg']).withFold(0)];
  const together = Predictions.concat(parts).align(good.ids);
  expect(together.values).toEqual(whole.values);
  expect(together.folds).toEqual(Int32Array.of(0, 0, 1));
  expect(Predictions.concat([out]).groups).toEqual(out.groups);
});

test.each([-1, 1.5, Number.NaN, 2 ** 31])('%d is no fold', (fold) => {
  expect(() => out.withFold(fold)).toThrow(/fold: expected an integer >= 0/);
});

test.each<[string, Predictions[], RegExp]>([
  ['nothing', [], /nothing to concatenate/],
  ['the same ids', [out, out], /id "a.jpg" occurs twice, in rows 0 and 3/],
  [
    'classes in another order',
    [out.select(['a.jpg']), out.select(['b.jpg']).alignClasses(['dog', 'cat'])],
    /part 1 has different classes.*expected cat\|dog, got dog\|cat/,
  ],
  [
    'logits with probabilities',
    [new Predictions(good), new Predictions(logits)],
    /part 1 has a different form.*got single-label logits/,
  ],
  [
    'folds with none',
    [out.withFold(0), new Predictions(good)],
    /with folds with groups, got single-label probabilities/,
  ],
])('does not concatenate %s', (_, parts, message) => {
  expect(() => Predictions.concat(parts)).toThrow(message);
});

test('softmax is exp over its sum, whatever the size of the logits', () => {
  const soft = new Predictions({ ...logits, ...values(1, 2, 3e38, -3e38, 1000, 1001) }).softmax();
  expect(soft.kind).toBe('probabilities');
  const one = 1 / (1 + Math.E);
  [one, 1 - one, 1, 0, one, 1 - one].forEach((expected, i) => {
    expect(soft.values[i]).toBeCloseTo(expected, 7);
  });
});

test('softmax keeps the order within a row, and the temperature flattens it', () => {
  const finite = fc.float({ min: -50, max: 50, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(finite, finite, finite), { minLength: 1 }), (rows) => {
      const made = new Predictions({
        ids: rows.map((_, i) => String(i)),
        classes: ['x', 'y', 'z'],
        values: Float32Array.from(rows.flat()),
        kind: 'logits',
      });
      const soft = made.softmax();
      const softer = made.softmax(4);
      made.argmax().forEach((best, i) => {
        expect(soft.row(i)[best]).toBe(Math.max(...soft.row(i)));
        expect(Math.max(...softer.row(i))).toBeLessThanOrEqual(Math.max(...soft.row(i)));
      });
    }),
  );
});

test('sigmoid is for independent labels', () => {
  const made = new Predictions({ ...logits, task: 'multi-label', ...values(0, 1, -1, 200, -200, 0) });
  const [a, b, c, d, e] = made.sigmoid().values;
  expect([a, d]).toEqual([0.5, 1]);
  expect(e).toBeLessThan(1e-38);
  expect(b! + c!).toBeCloseTo(1, 6);
});

test.each<[string, () => unknown, RegExp]>([
  [
    'softmax of probabilities',
    () => out.softmax(),
    /expected single-label logits, got single-label probabilities\n.*already/,
  ],
  [
    'sigmoid of one-of-many logits',
    () => new Predictions(logits).sigmoid(),
    /expected multi-label logits.*\n.*use softmax\(\)/,
  ],
  [
    'softmax of independent logits',
    () => new Predictions({ ...logits, task: 'multi-label' }).softmax(),
    /use sigmoid\(\)/,
  ],
  [
    'a temperature of 0',
    () => new Predictions(logits).softmax(0),
    /temperature: expected a finite number > 0, got 0/,
  ],
])('rejects %s', (_, call, message) => {
  expect(call).toThrow(message);
});

test('argmax takes the first of equals', () => {
  expect(out.argmax()).toEqual(Uint32Array.of(1, 0, 0));
  expect(new Predictions({ ...logits, ...values(-3, -2, -1, -1, 5, -5) }).argmax()).toEqual(
    Uint32Array.of(1, 0, 0),
  );
});
