import { defineMetric, type Metric } from '../metric.ts';
import { type ClassAverageOptions, FRACTIONS, prepareClassAverage } from './class-average.ts';

/** The metric `f1-macro`, `f1-macro-all`, `recall-weighted-of-0-3` and so on. */
export function classMetric(kind: keyof typeof FRACTIONS, options: ClassAverageOptions): Metric {
  const { average = 'macro', labels = 'present' } = options;
  const over = typeof labels === 'string' ? (labels === 'all' ? '-all' : '') : `-of-${labels.join('-')}`;
  return defineMetric({
    name: `${kind}-${average}${over}`,
    direction: 'higher',
    range: [0, 1],
    needs: 'classes',
    tasks: ['single-label', 'multi-label'],
    prepare: (rows) => prepareClassAverage(rows, FRACTIONS[kind], options),
  });
}

/** The averages that the registry has of such a metric. */
export function usualAverages(make: (options: ClassAverageOptions) => Metric): Metric[] {
  return [
    make({ average: 'macro' }),
    make({ average: 'macro', labels: 'all' }),
    make({ average: 'micro' }),
    make({ average: 'weighted' }),
  ];
}
