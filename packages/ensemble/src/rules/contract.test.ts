import { Predictions, Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { furthest, makeMembers } from '../../test/make-members.ts';
import { type BlendRule, rules } from '../index.ts';

const seeds = fc.integer({ min: 0, max: 1e6 });
const settings = { numRuns: 20, seed: 9 };

/** Rules whose result is on the members' scale: ranks and votes are not. */
const KEEPING = ['mean', 'weighted-mean', 'geometric-mean', 'power-mean'];
const blendOf = (rule: BlendRule, count: number) =>
  rule.parse(rule.name === 'weighted-mean' ? { weights: new Array(count).fill(2) } : {});
const entries = [...rules].map((rule): [string, BlendRule] => [rule.name, rule]);

function multiLabel(seed: number): Predictions[] {
  return makeMembers(seed).members.map((member) => new Predictions({ ...member, task: 'multi-label' }));
}

describe.each(entries)('%s', (_, rule) => {
  test('does not depend on the order of members, rows and classes', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { members } = makeMembers(seed, { folds: 3, groupSize: 2 });
        const rng = Rng.fromSeed(seed);
        const blend = blendOf(rule, members.length);
        const plain = blend(members);
        const [first, ...rest] = members as [Predictions, ...Predictions[]];
        const mixed = rest.map((member, m) =>
          member.align(rng.split(m).shuffle(member.ids)).alignClasses(rng.shuffle(member.classes)),
        );
        const other = blend([first, ...rng.shuffle(mixed)]);
        expect(furthest(other.values, plain.values)).toBeLessThan(2e-7);
        expect(other.ids).toEqual(plain.ids);
        expect(other.folds).toEqual(plain.folds);
        expect(other.groups).toEqual(plain.groups);
      }),
      settings,
    );
  });

  test('ignores members with weight 0, and the scale of weights', () => {
    const { members } = makeMembers(3);
    const blend = rule.parse({});
    const three = blend(members.slice(0, 3), [1, 2, 3]);
    expect(furthest(blend(members, [2, 4, 6, 0]).values, three.values)).toBeLessThan(1e-7);
  });

  test('returns probabilities for single-label and multi-label rows, from logits and probabilities', () => {
    const { members } = makeMembers(4);
    const sure = members.map(
      (member) => new Predictions({ ...member, values: member.values.map((v) => 100 * v) }),
    );
    const decided = sure.map((member) => member.softmax());
    for (const list of [members, sure, decided, multiLabel(4)]) {
      const blend = blendOf(rule, 4)(list);
      expect(blend.kind).toBe('probabilities');
      expect(blend.task).toBe(list[0]?.task);
    }
  });

  test('rejects members that do not fit', () => {
    const { members } = makeMembers(5);
    const [first, second] = members as [Predictions, Predictions];
    const blend = rule.parse({});
    const problem = (list: Predictions[], weights: number[]) => {
      try {
        blend(list, weights);
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
      return 'nothing';
    };
    expect(problem([], [])).toBe('ensemble-members');
    expect(problem([first, second.select(second.ids.slice(1))], [1, 1])).toBe('ensemble-ids-differ');
    expect(problem([first, new Predictions({ ...second, classes: ['a', 'b', 'c'] })], [1, 1])).toBe(
      'predictions-classes-differ',
    );
    expect(problem([first, multiLabel(5)[0]!], [1, 1])).toBe('ensemble-members');
    expect(problem([first.withFold(0), second.withFold(1)], [1, 1])).toBe('ensemble-members');
    for (const weights of [[1], [1, -1], [0, 0], [1, Number.NaN], [1, Number.POSITIVE_INFINITY]]) {
      expect(problem([first, second], weights), String(weights)).toBe('ensemble-weights');
    }
  });

  test('rejects unknown settings', () => {
    expect(() => rule.parse({ wieghts: 1 })).toThrow(/no such setting|no settings/);
    expect(() => rule.parse('much')).toThrow(/expected an object/);
    expect(rule.summary).toMatch(/\.$/);
  });
});

test.each(entries.filter(([name]) => KEEPING.includes(name)))(
  '%s of equal members changes nothing',
  (_, rule) => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 7 }), (seed, count) => {
        const [member] = makeMembers(seed, { kind: 'probabilities' }).members as [Predictions];
        const blend = blendOf(rule, count)(new Array(count).fill(member));
        expect(furthest(blend.values, member.values)).toBeLessThan(2e-7);
        expect(blend.argmax()).toEqual(member.argmax());
      }),
      settings,
    );
  },
);

// Ranks compare rows with each other, so a row's own order of classes may change.
test.each(entries.filter(([name]) => name !== 'rank-mean'))(
  '%s of equal members decides as they do',
  (_, rule) => {
    const [member] = makeMembers(1).members as [Predictions];
    expect(blendOf(rule, 3)([member, member, member]).argmax()).toEqual(member.argmax());
  },
);

test('a majority outvotes a more confident member', () => {
  const row = (...values: number[]) =>
    new Predictions({
      ids: ['a'],
      classes: ['x', 'y'],
      kind: 'probabilities',
      values: Float32Array.from(values),
    });
  const members = [row(0.6, 0.4), row(0.6, 0.4), row(0, 1)];
  expect([...rules.get('majority-vote').parse()(members).argmax()]).toEqual([0]);
  expect([...rules.get('mean').parse()(members).argmax()]).toEqual([1]);
  // One vote each: the surer one wins.
  expect([...rules.get('majority-vote').parse()(members.slice(1)).argmax()]).toEqual([1]);
});

test('the power mean goes from the least to the largest, and rejects other powers', () => {
  const { members } = makeMembers(6, { kind: 'probabilities' });
  const at = (power: number) => rules.get('power-mean').parse({ power })(members).values;
  expect(furthest(at(1), rules.get('mean').parse()(members).values)).toBeLessThan(1e-7);
  expect(furthest(at(1e-6), rules.get('geometric-mean').parse()(members).values)).toBeLessThan(1e-5);
  expect(() => at(1000)).toThrow(/expected a number <= 100, got 1000/);
  for (const power of [-100, 100]) expect(at(power).every((value) => value >= 0)).toBe(true);
});

test('a message names the row and the fix', () => {
  const { members } = makeMembers(7, { folds: 3 });
  const [first, second] = members as [Predictions, Predictions];
  const other = new Predictions({
    ...second,
    folds: Int32Array.from(second.folds ?? [], (fold) => (fold + 1) % 3),
  });
  expect(() => rules.get('mean').parse()([first, other])).toThrow(
    /the folds of member 1, row "0.jpg": expected 0, as in member 0, got 1\n {2}fix: blend members with the same folds/,
  );
});
