import { classScores, FRACTIONS } from '../class-counts/class-average.ts';
import { prepareTallies } from '../class-counts/tallies.ts';
import { defineMetric, type Metric } from '../metric.ts';

/** The mean recall of the classes that have true rows; scikit-learn's balanced_accuracy_score. */
export const balancedAccuracy: Metric = defineMetric({
  name: 'balanced-accuracy',
  title: 'Balanced accuracy',
  meaning: 'The mean over classes of the share of their images that are predicted correctly; 1 is perfect.',
  direction: 'higher',
  range: [0, 1],
  needs: 'classes',
  tasks: ['single-label'],
  prepare: (rows) => {
    const tally = prepareTallies(rows);
    return (weights) => {
      const recalls = classScores(tally(weights), FRACTIONS.recall, Number.NaN).filter(
        (r) => !Number.isNaN(r),
      );
      return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
    };
  },
});

export const entries: readonly Metric[] = [balancedAccuracy];
