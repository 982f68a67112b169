import { defineLabelMethod, type LabelMethod, type LabelMethodEntry } from '../method.ts';
import { atLeast, WEIGHTINGS, type Weighting } from '../support/choose.ts';
import { fail } from '../support/errors.ts';
import { readSettings } from '../support/settings.ts';

export interface ConfidenceThresholdOptions {
  /** In [0, 1]; 0 takes every row, as Lee 2013 did. Default 0.95, FixMatch's. */
  readonly threshold?: number;
  /** By class, instead of `threshold`. */
  readonly perClass?: Readonly<Record<string, number>>;
  /** Default: equal. */
  readonly weights?: Weighting;
}

/**
 * Hard labels of the rows that the teachers are sure of (Lee, Pseudo-Label, ICML workshop 2013; with a threshold as in Sohn
 * et al., FixMatch, NeurIPS 2020). Confidence is only worth its threshold once it is calibrated.
 */
export function confidenceThreshold(settings: ConfidenceThresholdOptions = {}): LabelMethod {
  const reader = readSettings('method "confidence-threshold"', settings);
  const threshold = reader.number('threshold', 0.95, 0, 1);
  const perClass = reader.numbersByName('perClass', 0, 1);
  const weights = reader.choice('weights', 'equal', WEIGHTINGS);
  reader.end();
  return defineLabelMethod({
    name: entry.name,
    target: 'hard',
    choose: ({ candidates }) => {
      const { classes } = candidates;
      for (const name of perClass.keys()) {
        if (classes.includes(name)) continue;
        fail({
          code: 'pseudo-setting',
          message: 'a setting of method "confidence-threshold"',
          path: { key: 'perClass' },
          expected: classes,
          got: JSON.stringify(name),
        });
      }
      const thresholds = classes.map((name) => perClass.get(name) ?? threshold);
      return { rows: atLeast(candidates, thresholds, weights), thresholds };
    },
  });
}

export const entry: LabelMethodEntry = {
  name: 'confidence-threshold',
  summary: 'Hard labels of the rows that the teachers are sure of, one threshold or one a class.',
  parse: (settings) => confidenceThreshold(settings!),
};
