import { Predictions } from '@podium/core';
import { expect, test } from 'vitest';
import { makeLabelInput } from '../test/make-label-input.ts';
import { type Calibrator, calibrateTeachers, withoutFold } from './index.ts';

/** Divides logits by as much as the rows that it was fitted on, and remembers which these were. */
const seen: string[][] = [];
const halving: Calibrator<{ readonly by: number }> = {
  name: 'halving',
  fit: ({ members: [member], truth }) => {
    seen.push([...member!.ids]);
    return { by: truth.length / 24 };
  },
  apply: ({ by }, [member]) => member!.softmax(by),
};

test('each teacher is calibrated by its own out-of-fold rows, without those of the fold', () => {
  const { input } = makeLabelInput(1, { teachers: 2 });
  const { teachers, outOfFold, rng } = input;
  seen.length = 0;
  const calibrated = calibrateTeachers({ calibrator: halving, teachers, outOfFold, fold: 2, rng });
  expect(calibrated.parameters).toEqual([{ by: 2 }, { by: 2 }]);
  expect(seen[0]).toHaveLength(48);
  for (const member of calibrated.outOfFold.members) {
    expect([...(member.folds ?? [])]).not.toContain(2);
    expect(member.ids).toEqual(seen[0]);
  }
  const [first] = outOfFold.members as [Predictions];
  calibrated.outOfFold.truth.forEach((k, row) => {
    expect(k).toBe(outOfFold.truth[first.indexOf(seen[0]![row]!)!]);
  });
  expect(calibrated.teachers[1]?.values).toEqual(teachers[1]?.softmax(2).values);
  // The final student may know all.
  const all = calibrateTeachers({ calibrator: halving, teachers, outOfFold, rng });
  expect(all.outOfFold.truth).toHaveLength(60);
});

test('rejects teachers without out-of-fold predictions, or folds that are not known', () => {
  const { input } = makeLabelInput(1, { teachers: 2 });
  const { teachers, outOfFold, rng } = input;
  const fewer = { ...outOfFold, members: outOfFold.members.slice(1) };
  expect(() => calibrateTeachers({ calibrator: halving, teachers, outOfFold: fewer, rng })).toThrow(
    /expected 2 sets of them, got 1/,
  );
  const unknown = outOfFold.members.map((member) => new Predictions({ ...member, folds: undefined }));
  expect(() => withoutFold({ ...outOfFold, members: unknown }, 1)).toThrow(
    /cannot exclude the rows of fold 1/,
  );
  const one = outOfFold.members.map((member) => member.withFold(1));
  expect(() => withoutFold({ ...outOfFold, members: one }, 1)).toThrow(/no rows remain without fold 1/);
});
