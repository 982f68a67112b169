import { fail, type Score } from '@podium/core';
import { z } from 'zod';
import { isBetter } from '../compare-scores.ts';
import { onlyMember } from '../members/only-member.ts';
import {
  defineMethod,
  type FitRows,
  type FittedOn,
  type Method,
  type MethodEntry,
  methodSettings,
} from '../method.ts';
import { multiplied } from './class-multipliers.ts';

const NAME = 'prior-correction';

const settings = z.strictObject({
  strength: z
    .number()
    .min(-10)
    .max(10)
    .optional()
    .describe(
      'From 0, the frequencies in training, to 1, equal (or the target) frequencies, and beyond. Default: the best of 0, 0.05, .. 2.',
    ),
  target: z
    .array(z.number())
    .readonly()
    .optional()
    .describe('Class frequencies where the predictions will be used, one per class. Default: equal.'),
});

export interface PriorCorrectionOptions extends z.input<typeof settings> {
  readonly score: Score;
}

interface Correction {
  readonly strength: number;
  /** `[K]`: (target / frequency)^strength. */
  readonly factors: readonly number[];
}

const STRENGTHS = Array.from({ length: 41 }, (_, i) => i / 20);

/**
 * Prior correction: probabilities times (target / frequency)^strength, normalized to sum 1. With strength 1 it is Bayes'
 * rule for class frequencies that change to `target` (Saerens et al. 2002), by default equal ones, which suits macro scores;
 * a fitted strength is the post-hoc logit adjustment of Menon et al. (ICLR 2021). Only one number is fitted, so it hardly
 * overfits. Each class counts one additional row, so that a class without rows has a finite factor.
 */
export function priorCorrection({
  score,
  ...options
}: PriorCorrectionOptions): Method<Correction & FittedOn> {
  return create(methodSettings(NAME, settings, options), score);
}

function create(
  { strength, target }: z.output<typeof settings>,
  score: Score,
): Method<Correction & FittedOn> {
  return defineMethod({
    name: NAME,
    fit: (rows) => {
      const member = onlyMember(NAME, rows.members);
      const ratios = ratiosOf(rows, target);
      const factorsOf = (power: number) => ratios.map((ratio) => ratio ** power);
      if (strength !== undefined) return { strength, factors: factorsOf(strength) };
      const best = STRENGTHS.map((power) => ({
        power,
        value: score.score(rows.truth, multiplied(member, factorsOf(power))),
      })).reduce((top, next) => (isBetter(score, next.value, top.value) ? next : top));
      return { strength: best.power, factors: factorsOf(best.power) };
    },
    apply: ({ factors }, members) => multiplied(onlyMember(NAME, members), factors),
  });
}

function ratiosOf({ members, truth }: FitRows, target: readonly number[] | undefined): number[] {
  const width = members[0]!.classes.length;
  if (target && (target.length !== width || target.some((share) => !(share > 0)))) {
    fail({
      code: 'ensemble-setting',
      path: { key: 'target' },
      expected: `${width} numbers > 0, one per class`,
      got: JSON.stringify(target),
    });
  }
  const counts = new Float64Array(width).fill(1);
  for (const label of truth) counts[label] = counts[label]! + 1;
  const all = truth.length + width;
  const sum = target?.reduce((total, share) => total + share, 0) ?? 1;
  return Array.from(counts, (count, k) => (target ? target[k]! / sum : 1 / width) / (count / all));
}

export const entry: MethodEntry = {
  name: NAME,
  summary: 'Moves probabilities toward equal (or given) class frequencies, as far as it scores best.',
  settings,
  parse: (given, { score }) => create(methodSettings(NAME, settings, given), score),
};
