import { defineMetric, type Metric } from '../metric.ts';
import { type ClassAverageOptions, type ClassFraction, prepareClassAverage } from './class-average.ts';

const AVERAGES = {
  macro: {
    title: (score: string) => `Macro ${score}`,
    meaning: 'averaged over classes, so that rare classes count as much as common ones',
  },
  micro: {
    title: (score: string) => `Micro ${score}`,
    meaning: 'computed from the counts of all classes together',
  },
  weighted: {
    title: (score: string) => `Weighted ${score}`,
    meaning: 'averaged over classes, weighted by their number of images',
  },
  samples: {
    title: (score: string) => `${score[0]!.toUpperCase()}${score.slice(1)} per image`,
    meaning: 'computed for each image and averaged over images',
  },
};

/** The metric `f1-macro`, `f1-macro-all`, `recall-weighted-of-0-3` and so on. */
export function classMetric(
  { kind, title, meaning }: { readonly kind: string; readonly title: string; readonly meaning: string },
  fraction: ClassFraction,
  options: ClassAverageOptions,
): Metric {
  const { average = 'macro', labels } = options;
  const over =
    labels === undefined ? '' : `-${typeof labels === 'string' ? labels : `of-${labels.join('-')}`}`;
  const classes =
    labels === undefined
      ? ''
      : typeof labels === 'string'
        ? ` (${labels} classes)`
        : ` (classes ${labels.join(', ')})`;
  return defineMetric({
    name: `${kind}-${average}${over}`,
    title: AVERAGES[average].title(title) + classes,
    meaning: `${meaning}, ${AVERAGES[average].meaning}${labels === 'all' ? ' (a class that never occurs counts 0)' : ''}; 1 is perfect.`,
    direction: 'higher',
    range: [0, 1],
    needs: 'classes',
    tasks: average === 'samples' ? ['multi-label'] : ['single-label', 'multi-label'],
    prepare: (rows) => prepareClassAverage(rows, fraction, options),
  });
}

/** The averages of such a metric that the registry has. */
export function usualAverages(create: (options: ClassAverageOptions) => Metric): Metric[] {
  return [
    create({ average: 'macro' }),
    create({ average: 'macro', labels: 'all' }),
    create({ average: 'micro' }),
    create({ average: 'weighted' }),
    create({ average: 'samples' }),
  ];
}
