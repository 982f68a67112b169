import { rocAuc as areaUnderRoc } from '@podium/core';
import { defineMetric, type Metric } from '../metric.ts';
import { type OneVsRestOptions, prepareOneVsRest } from '../one-vs-rest.ts';

/**
 * The area under the ROC curve of each class against the rest, averaged: the chance that a true row scores above
 * another one, ties counting half. scikit-learn's roc_auc_score(multi_class='ovr'), which is undefined if a class has no
 * true row: so it is with `labels: 'all'`.
 */
export function rocAuc(options: OneVsRestOptions = {}): Metric {
  const { average = 'macro', labels = 'present' } = options;
  return defineMetric({
    name: `roc-auc-${average}${labels === 'all' ? '-all' : ''}`,
    title: `${average === 'macro' ? 'Macro' : 'Weighted'} ROC AUC${labels === 'all' ? ' (all classes)' : ''}`,
    meaning: `The chance that an image of a class gets a higher probability of it than another image, averaged over classes${average === 'macro' ? '' : ' by their number of images'}; 0.5 is chance, 1 is perfect.`,
    direction: 'higher',
    range: [0, 1],
    needs: 'probabilities',
    tasks: ['single-label', 'multi-label'],
    prepare: (rows) => prepareOneVsRest(rows, areaUnderRoc, options),
  });
}

export const entries: readonly Metric[] = [rocAuc(), rocAuc({ average: 'weighted' })];
