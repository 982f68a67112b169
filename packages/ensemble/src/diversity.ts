import { argmax, fail, type Predictions, type Score } from '@podium/core';
import { advantage } from './compare-scores.ts';
import { alignMembers, blended } from './members/align-members.ts';
import { checkTruth } from './members/check-truth.ts';
import { probabilitiesOf } from './members/probabilities.ts';
import { addWeighted } from './members/weights.ts';
import { mean } from './rules/mean.ts';

/** One member compared with the others. */
export interface MemberDiversity {
  readonly name: string;
  /** Its score alone. */
  readonly score: number;
  /** How much better the mean of all members is than the mean without it; negative if it does harm, 0 for a single member. */
  readonly gain: number;
  /** `[M]`: correlation of its errors (0 or 1 per row) with each member's; NaN if one has no errors or only errors. */
  readonly errorCorrelation: readonly number[];
  /** `[M]`: share of rows for which it predicts another class than each member. */
  readonly disagreement: readonly number[];
}

/**
 * How different the members of an ensemble are: members with little correlated errors gain most from each other. Uses equal
 * weights on the given rows; fits nothing.
 * @param names one per member. Default: member 0, member 1, ..
 * @throws PodiumError as `alignMembers` does; `ensemble-truth`; `ensemble-members` for a wrong number of names
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
      expected: `one per member, ${aligned.length}`,
      got: String(names.length),
    });
  }
  const first = aligned[0]!;
  const labels = checkTruth(truth, first);
  const width = first.classes.length;
  const predicted = aligned.map(({ values }) =>
    Int32Array.from(labels, (_, row) => argmax(values, row * width, width)),
  );
  const errors = predicted.map((guesses) => guesses.map((k, row) => Number(k !== labels[row])));
  const probabilities = aligned.map(probabilitiesOf);
  const sum = new Float64Array(first.values.length);
  for (const values of probabilities) addWeighted(sum, values, 1);
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
              sum.map((value, i) => Math.max(0, value - probabilities[m]![i]!)),
              aligned.length - 1,
            ),
          ),
    errorCorrelation: errors.map((other) => correlation(errors[m]!, other)),
    disagreement: predicted.map((other) =>
      shareWhere(labels.length, (row) => other[row] !== predicted[m]![row]),
    ),
  }));
}

/** Pearson's correlation of 0 and 1 (phi). */
function correlation(a: Int32Array, b: Int32Array): number {
  const count = a.length;
  const meanOf = (list: Int32Array) => list.reduce((sum, value) => sum + value, 0) / count;
  const meanA = meanOf(a);
  const meanB = meanOf(b);
  const both = shareWhere(count, (row) => a[row] === 1 && b[row] === 1);
  const spread = Math.sqrt(meanA * (1 - meanA) * meanB * (1 - meanB));
  return spread === 0 ? Number.NaN : (both - meanA * meanB) / spread;
}

function shareWhere(count: number, test: (row: number) => boolean): number {
  let matches = 0;
  for (let row = 0; row < count; row++) if (test(row)) matches++;
  return matches / count;
}
