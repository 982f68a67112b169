import { defineMetric, type Metric } from '../metric.ts';
import { type ClassAverageOptions, type ClassFraction, prepareClassAverage } from './class-average.ts';

/** The metric `f1-macro`, `f1-macro-all`, `recall-weighted-of-0-3` and so on. */
export function classMetric(kind: string, fraction: ClassFraction, options: ClassAverageOptions): Metric {
  const { average = 'macro', labels } = options;
  const over =
    labels === undefined ? '' : `-${typeof labels === 'string' ? labels : `of-${labels.join('-')}`}`;
  return defineMetric({
    name: `${kind}-${average}${over}`,
    direction: 'higher',
    range: [0, 1],
    needs: 'classes',
    tasks: average === 'samples' ? ['multi-label'] : ['single-label', 'multi-label'],
    prepare: (rows) => prepareClassAverage(rows, fraction, options),
  });
}

/** The averages that the registry has of such a metric. */
export function usualAverages(make: (options: ClassAverageOptions) => Metric): Metric[] {
  return [
    make({ average: 'macro' }),
    make({ average: 'macro', labels: 'all' }),
    make({ average: 'micro' }),
    make({ average: 'weighted' }),
    make({ average: 'samples' }),
  ];
}
