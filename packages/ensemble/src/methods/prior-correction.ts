import { defineMethod, type FitRows, type FittedOn, type Method, type MethodEntry } from '../method.ts';
import { isBetter, type Score } from '../score.ts';
import { fail } from '../support/errors.ts';
import { onlyMember } from '../support/only.ts';
import { readSettings } from '../support/settings.ts';
import { multiplied } from './class-multipliers.ts';

export interface PriorCorrectionOptions {
  readonly score: Score;
  /** How far to go from the classes' frequencies (0) to equal ones (1) or beyond. Default: what scores best of 0, 0.05, .. 2. */
  readonly strength?: number | undefined;
  /** The classes' frequencies where it will be used, `[K]`, instead of equal ones. */
  readonly target?: readonly number[] | undefined;
}

interface Correction {
  readonly strength: number;
  /** `[K]`: (target / frequency)^strength. */
  readonly factors: readonly number[];
}

const STRENGTHS = Array.from({ length: 41 }, (_, i) => i / 20);

/**
 * Prior correction: probabilities times (target / frequency)^strength, made to sum to 1 again. With strength 1 it is
 * Bayes' rule for classes that become as frequent as `target` (Saerens et al. 2002), equal by default, which suits macro
 * scores; a fitted strength is the post-hoc logit adjustment of Menon et al. (ICLR 2021). One number is fitted, so it
 * hardly overfits. Frequencies count one row more a class, so that a class without rows has a finite factor.
 */
export function priorCorrection({
  score,
  ...settings
}: PriorCorrectionOptions): Method<Correction & FittedOn> {
  const { strength, target } = optionsFrom(settings);
  const name = 'prior-correction';
  return defineMethod({
    name,
    fit: (rows) => {
      const member = onlyMember(name, rows.members);
      const ratios = ratiosOf(rows, target);
      const factorsOf = (power: number) => ratios.map((ratio) => ratio ** power);
      if (strength !== undefined) return { strength, factors: factorsOf(strength) };
      const best = STRENGTHS.map((power) => ({
        power,
        value: score.score(rows.truth, multiplied(member, factorsOf(power))),
      })).reduce((top, next) => (isBetter(score, next.value, top.value) ? next : top));
      return { strength: best.power, factors: factorsOf(best.power) };
    },
    apply: ({ factors }, members) => multiplied(onlyMember(name, members), factors),
  });
}

function ratiosOf({ members, truth }: FitRows, target: readonly number[] | undefined): number[] {
  const width = members[0]?.classes.length ?? 0;
  if (target && (target.length !== width || target.some((share) => !(share > 0)))) {
    fail({
      code: 'ensemble-setting',
      path: { key: 'target' },
      expected: `${width} numbers above 0, one a class`,
      got: JSON.stringify(target),
    });
  }
  const counts = new Float64Array(width).fill(1);
  for (const label of truth) counts[label] = counts[label]! + 1;
  const all = truth.length + width;
  const sum = target?.reduce((total, share) => total + share, 0) ?? 1;
  return Array.from(counts, (count, k) => (target ? target[k]! / sum : 1 / width) / (count / all));
}

function optionsFrom(settings: unknown): Omit<PriorCorrectionOptions, 'score'> {
  const reader = readSettings('method "prior-correction"', settings);
  const options = {
    strength: reader.number('strength', undefined, -10, 10),
    target: reader.numbers('target'),
  };
  reader.end();
  return options;
}

export const entry: MethodEntry = {
  name: 'prior-correction',
  summary: 'Moves probabilities toward equal (or given) class frequencies, as far as it scores best.',
  parse: (settings, { score }) => priorCorrection({ ...optionsFrom(settings), score }),
};
