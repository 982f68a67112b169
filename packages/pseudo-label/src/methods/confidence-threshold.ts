import { fail } from '@podium/core';
import { z } from 'zod';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry, methodSettings } from '../method.ts';
import { selectAbove, weightsSetting } from '../select-rows.ts';

const NAME = 'confidence-threshold';

const settings = z.strictObject({
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .describe("Lowest accepted confidence. 0.95 is FixMatch's; 0 accepts every row, as in Lee 2013."),
  perClass: z
    .record(z.string(), z.number().min(0).max(1))
    .default({})
    .describe('Thresholds of single classes, by name, instead of `threshold`.'),
  weights: weightsSetting,
});

export type ConfidenceThresholdOptions = z.input<typeof settings>;

/**
 * Hard labels for the rows of which the teachers are confident (Lee, Pseudo-Label, ICML workshop 2013; with a threshold as
 * in Sohn et al., FixMatch, NeurIPS 2020). Thresholds are only meaningful for calibrated confidence.
 */
export function confidenceThreshold(options: ConfidenceThresholdOptions = {}): LabelMethod {
  const { threshold, perClass, weights } = methodSettings(NAME, settings, options);
  return defineLabelMethod({
    name: NAME,
    target: 'hard',
    select: ({ candidates }) => {
      const { classes } = candidates;
      for (const name of Object.keys(perClass)) {
        if (classes.includes(name)) continue;
        fail({
          code: 'pseudo-setting',
          message: `method "${NAME}"`,
          path: { key: 'perClass' },
          expected: classes,
          got: JSON.stringify(name),
        });
      }
      const thresholds = classes.map((name) => (Object.hasOwn(perClass, name) ? perClass[name]! : threshold));
      return { rows: selectAbove(candidates, thresholds, weights), thresholds };
    },
  });
}

export const entry: LabelMethodEntry = {
  name: NAME,
  summary:
    'Hard labels for the rows of which the teachers are confident, with one threshold or one per class.',
  settings,
  parse: (given) => confidenceThreshold(given as ConfidenceThresholdOptions),
};
