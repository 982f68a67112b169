import { defineMetric, type Metric } from '../metric.ts';
import { margins, prepareConfusion } from '../support/confusion.ts';

export interface CohenKappaOptions {
  /** What confusing two classes costs: 1, their distance, or its square (classes in an order, as grades are). Default: none. */
  readonly penalty?: 'none' | 'linear' | 'quadratic';
  /**
   * How far classes are apart: by their place among all classes, or (scikit-learn without labels) among those that are
   * true or predicted somewhere, which shortens distances over unused grades. Default: all.
   */
  readonly labels?: 'all' | 'present';
}

/** Agreement beyond chance (Cohen 1960, 1968); scikit-learn's cohen_kappa_score. Not defined where all rows agree on one class. */
export function cohenKappa({ penalty = 'none', labels = 'all' }: CohenKappaOptions = {}): Metric {
  const cost = (distance: number) =>
    penalty === 'none'
      ? Number(distance !== 0)
      : penalty === 'linear'
        ? Math.abs(distance)
        : distance * distance;
  return defineMetric({
    name: `${penalty === 'none' ? 'cohen' : penalty}-kappa${labels === 'present' && penalty !== 'none' ? '-present' : ''}`,
    direction: 'higher',
    range: [-1, 1],
    needs: 'classes',
    tasks: ['single-label'],
    prepare: (rows) => {
      const confuse = prepareConfusion(rows);
      const width = rows.classes.length;
      return (weights) => {
        const counts = confuse(weights);
        const { actual, predicted } = margins(counts, width);
        const total = actual.reduce((sum, count) => sum + count, 0);
        const used = (k: number) => (actual[k] as number) + (predicted[k] as number) > 0;
        let next = 0;
        const place = Float64Array.from(actual, (_, k) => (labels === 'all' ? k : used(k) ? next++ : next));
        let observed = 0;
        let byChance = 0;
        for (let i = 0; i < width; i++) {
          for (let j = 0; j < width; j++) {
            const price = cost((place[i] as number) - (place[j] as number));
            observed += price * (counts[i * width + j] as number);
            byChance += (price * (actual[i] as number) * (predicted[j] as number)) / total;
          }
        }
        return byChance === 0 ? Number.NaN : 1 - observed / byChance;
      };
    },
  });
}

export const entries: readonly Metric[] = [cohenKappa(), cohenKappa({ penalty: 'quadratic' })];
