import type { Predictions } from '@podium/core';
import { mean } from './rules/mean.ts';
import { advantage, largestOf, type Score } from './score.ts';
import { fail } from './support/errors.ts';
import { alignMembers, blended, probabilitiesOf } from './support/members.ts';
import { checkTruth } from './support/truth.ts';
import { addWeighted } from './support/weights.ts';

/** One member beside the others. */
export interface MemberDiversity {
  readonly name: string;
  /** Its own score. */
  readonly score: number;
  /** How much better the mean of all is than the mean without it; negative: it harms. 0 for a single member. */
  readonly gain: number;
  /** `[M]`: the correlation of its errors (0 or 1 a row) with each member's; NaN where one has no error or nothing else. */
  readonly errorCorrelation: readonly number[];
  /** `[M]`: the share of rows that it decides otherwise than each member. */
  readonly disagreement: readonly number[];
}

/**
 * How different the members of an ensemble are: members whose errors correlate little gain most together. Everything is
 * by equal weights on the given rows; nothing is fitted.
 * @param names one a member. Default: member 0, member 1, ..
 * @throws PodiumError as `alignMembers` does; `ensemble-truth`; `ensemble-members` for the wrong number of names
 */
export function diversity(
  members: readonly Predictions[],
  truth: ArrayLike<number>,
  {
    score,
    names = members.map((_, m) => `member ${m}`),
  }: { readonly score: Score; readonly names?: readonly string[] },
): MemberDiversity[] {
  const aligned = alignMembers(members);
  if (names.length !== aligned.length) {
    fail({
      code: 'ensemble-members',
      path: { key: 'names' },
      expected: `one a member, ${aligned.length}`,
      got: String(names.length),
    });
  }
  const [first] = aligned as readonly [Predictions];
  const labels = checkTruth(truth, first);
  const width = first.classes.length;
  const decided = aligned.map(({ values }) =>
    Int32Array.from(labels, (_, row) => largestOf(values, row * width, width)),
  );
  const errors = decided.map((own) => own.map((k, row) => Number(k !== labels[row])));
  const values = aligned.map(probabilitiesOf);
  const sum = new Float64Array(first.values.length);
  for (const own of values) addWeighted(sum, own, 1);
  const scoreOf = (total: Float64Array, count: number) =>
    score.score(
      labels,
      blended(
        aligned,
        total.map((value) => value / count),
      ),
    );
  const all = scoreOf(sum, aligned.length);
  return aligned.map((member, m) => ({
    name: names[m]!,
    score: score.score(labels, mean([member])),
    gain:
      aligned.length === 1
        ? 0
        : advantage(
            score,
            all,
            scoreOf(
              sum.map((value, i) => Math.max(0, value - values[m]![i]!)),
              aligned.length - 1,
            ),
          ),
    errorCorrelation: errors.map((other) => correlation(errors[m] as Int32Array, other)),
    disagreement: decided.map((other) =>
      shareWhere(labels.length, (row) => other[row] !== decided[m]?.[row]),
    ),
  }));
}

/** Pearson's correlation of 0 and 1 (phi). */
function correlation(a: Int32Array, b: Int32Array): number {
  const count = a.length;
  const [meanA, meanB] = [a, b].map((list) => list.reduce((sum, value) => sum + value, 0) / count) as [
    number,
    number,
  ];
  const both = shareWhere(count, (row) => a[row] === 1 && b[row] === 1);
  const spread = Math.sqrt(meanA * (1 - meanA) * meanB * (1 - meanB));
  return spread === 0 ? Number.NaN : (both - meanA * meanB) / spread;
}

function shareWhere(count: number, test: (row: number) => boolean): number {
  let found = 0;
  for (let row = 0; row < count; row++) if (test(row)) found++;
  return found / count;
}
