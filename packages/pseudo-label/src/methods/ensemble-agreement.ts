import { fail, type Predictions } from '@podium/core';
import { z } from 'zod';
import { alignTeachers, type Candidates, meanOfTeachers } from '../mean-of-teachers.ts';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry, methodSettings } from '../method.ts';
import { selectAbove, weightsSetting } from '../select-rows.ts';

const NAME = 'ensemble-agreement';

const settings = z.strictObject({
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe("Lowest accepted mean of the teachers' confidence."),
  agreeing: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('Number of teachers that have to predict the class of the mean. Default: all.'),
  soft: z.boolean().default(false).describe("Use the teachers' mean probabilities as targets."),
  weights: weightsSetting,
});

export type EnsembleAgreementOptions = z.input<typeof settings>;

/** Labels for the rows for which all teachers predict the same class, and are confident on average. */
export function ensembleAgreement(options: EnsembleAgreementOptions = {}): LabelMethod {
  const { threshold, agreeing, soft, weights } = methodSettings(NAME, settings, options);
  return defineLabelMethod({
    name: NAME,
    target: soft ? (candidates) => candidates.probabilities : 'hard',
    candidates: (teachers, classes) => agreedCandidates(teachers, classes, agreeing),
    select: ({ candidates }) => {
      const thresholds = candidates.classes.map(() => threshold);
      return { rows: selectAbove(candidates, thresholds, weights), thresholds };
    },
  });
}

function agreedCandidates(
  teachers: readonly Predictions[],
  classes: readonly string[] | undefined,
  needed = teachers.length,
): Candidates {
  const mean = meanOfTeachers(teachers, classes);
  if (teachers.length < 2 || needed > teachers.length) {
    fail({
      code: 'pseudo-teachers',
      message: `method "${NAME}" compares teachers`,
      expected: `at least ${Math.max(2, needed)}`,
      got: String(teachers.length),
      fix: 'train another teacher (another model or seed), or use "confidence-threshold"',
    });
  }
  const votes = new Int32Array(mean.ids.length);
  for (const teacher of alignTeachers(teachers, mean.classes)) {
    teacher.argmax().forEach((k, row) => {
      votes[row] = votes[row]! + Number(k === mean.top[row]);
    });
  }
  return { ...mean, eligible: Uint8Array.from(votes, (count) => Number(count >= needed)) };
}

export const entry: LabelMethodEntry = {
  name: NAME,
  summary: 'Labels for the rows on which the teachers agree, and are confident on average.',
  settings,
  parse: (given) => ensembleAgreement(given as EnsembleAgreementOptions),
};
