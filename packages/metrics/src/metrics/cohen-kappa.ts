import { prepareTallies } from '../class-counts/tallies.ts';
import { defineMetric, type Metric } from '../metric.ts';

export interface CohenKappaOptions {
  /** Cost of confusing two classes: 1, their distance, or its square (for ordered classes such as grades). Default: none. */
  readonly penalty?: 'none' | 'linear' | 'quadratic';
  /**
   * Distances between classes: by position among all classes, or (as scikit-learn without labels) among those that are true
   * or predicted somewhere, which skips unused grades. Default: all.
   */
  readonly labels?: 'all' | 'present';
}

/** Agreement beyond chance (Cohen 1960, 1968); scikit-learn's cohen_kappa_score. Undefined if all rows agree on one class. */
export function cohenKappa({ penalty = 'none', labels = 'all' }: CohenKappaOptions = {}): Metric {
  const cost = (distance: number) =>
    penalty === 'none'
      ? Number(distance !== 0)
      : penalty === 'linear'
        ? Math.abs(distance)
        : distance * distance;
  return defineMetric({
    name: `${penalty === 'none' ? 'cohen' : penalty}-kappa${labels === 'present' && penalty !== 'none' ? '-present' : ''}`,
    title: `${penalty === 'none' ? "Cohen's" : penalty === 'linear' ? 'Linear' : 'Quadratic'} kappa${labels === 'present' && penalty !== 'none' ? ' (present classes)' : ''}`,
    meaning: `Agreement with the truth beyond chance${penalty === 'none' ? '' : `, where a mistake costs the ${penalty === 'linear' ? 'distance' : 'squared distance'} between the classes`}; 0 is chance, 1 is perfect.`,
    direction: 'higher',
    range: [-1, 1],
    needs: 'classes',
    tasks: ['single-label'],
    prepare: (rows) => {
      const { truth, predicted: guesses, length } = rows;
      const tally = prepareTallies(rows);
      return (weights) => {
        const { actual, predicted } = tally(weights);
        const total = actual.reduce((sum, count) => sum + count, 0);
        const used = (k: number) => actual[k]! + predicted[k]! > 0;
        let next = 0;
        const position = Float64Array.from(actual, (_, k) =>
          labels === 'all' ? k : used(k) ? next++ : next,
        );
        const price = (t: number, d: number) => cost(position[t]! - position[d]!);
        let observed = 0;
        for (let row = 0; row < length; row++) {
          observed += weights[row]! * price(truth[row]!, guesses[row]!);
        }
        const byChance =
          penalty === 'none'
            ? // In one pass over classes, instead of over all pairs of thousands of classes.
              actual.reduce((sum, count, k) => sum + (count * (total - predicted[k]!)) / total, 0)
            : sumOfPairs(actual, predicted, (t, d) => price(t, d) / total);
        return byChance === 0 ? Number.NaN : 1 - observed / byChance;
      };
    },
  });
}

function sumOfPairs(
  actual: Float64Array,
  predicted: Float64Array,
  price: (t: number, d: number) => number,
): number {
  let sum = 0;
  actual.forEach((count, t) => {
    if (count === 0) return;
    predicted.forEach((other, d) => {
      sum += price(t, d) * count * other;
    });
  });
  return sum;
}

export const entries: readonly Metric[] = [cohenKappa(), cohenKappa({ penalty: 'quadratic' })];
