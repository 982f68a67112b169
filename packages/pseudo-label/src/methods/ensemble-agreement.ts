import type { Predictions } from '@podium/core';
import { alignTeachers, type Candidates, meanOfTeachers } from '../candidates.ts';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry } from '../method.ts';
import { atLeast, WEIGHTINGS, type Weighting } from '../support/choose.ts';
import { fail } from '../support/errors.ts';
import { readSettings } from '../support/settings.ts';

export interface EnsembleAgreementOptions {
  /** Of the teachers' mean probability, in [0, 1]. Default 0.9. */
  readonly threshold?: number;
  /** How many teachers have to choose the class of the mean. Default: all. */
  readonly agreeing?: number;
  /** Default: false. */
  readonly soft?: boolean;
  /** Default: equal. */
  readonly weights?: Weighting;
}

/** Labels of the rows on which all teachers choose the same class, and are sure of it on average. */
export function ensembleAgreement(settings: EnsembleAgreementOptions = {}): LabelMethod {
  const reader = readSettings('method "ensemble-agreement"', settings);
  const threshold = reader.number('threshold', 0.9, 0, 1);
  const agreeing = reader.integer('agreeing', undefined, 1, 1000);
  const soft = reader.boolean('soft', false);
  const weights = reader.choice('weights', 'equal', WEIGHTINGS);
  reader.end();
  return defineLabelMethod({
    name: entry.name,
    target: soft ? (candidates) => candidates.probabilities : 'hard',
    candidates: (teachers, classes) => agreed(teachers, classes, agreeing),
    choose: ({ candidates }) => {
      const thresholds = candidates.classes.map(() => threshold);
      return { rows: atLeast(candidates, thresholds, weights), thresholds };
    },
  });
}

function agreed(
  teachers: readonly Predictions[],
  classes: readonly string[] | undefined,
  wanted = teachers.length,
): Candidates {
  const mean = meanOfTeachers(teachers, classes);
  if (teachers.length < 2 || wanted > teachers.length) {
    fail({
      code: 'pseudo-teachers',
      message: 'method "ensemble-agreement" compares teachers',
      expected: `${Math.max(2, wanted)} of them or more`,
      got: String(teachers.length),
      fix: 'train another teacher (another model or seed), or use "confidence-threshold"',
    });
  }
  const votes = new Int32Array(mean.ids.length);
  for (const teacher of alignTeachers(teachers, mean.classes)) {
    teacher.argmax().forEach((choice, row) => {
      votes[row] = votes[row]! + Number(choice === mean.top[row]);
    });
  }
  return { ...mean, eligible: Uint8Array.from(votes, (count) => Number(count >= wanted)) };
}

export const entry: LabelMethodEntry = {
  name: 'ensemble-agreement',
  summary: 'Labels of the rows on which the teachers agree, and are sure on average.',
  parse: (settings) => ensembleAgreement(settings!),
};
