import type { Section } from '../section.ts';
import { augmentation } from './augmentation.ts';
import { calibration } from './calibration.ts';
import { choices } from './choices.ts';
import { confusion } from './confusion.ts';
import { cost } from './cost.ts';
import { curves } from './curves.ts';
import { ensemble } from './ensemble.ts';
import { explanations } from './explanations.ts';
import { featureMap } from './feature-map.ts';
import { findings } from './findings.ts';
import { labelIssues } from './label-issues.ts';
import { mistakes } from './mistakes.ts';
import { models } from './models.ts';
import { numbers } from './numbers.ts';
import { perClass } from './per-class.ts';
import { pseudoLabels } from './pseudo-labels.ts';
import { race } from './race.ts';
import { ranking } from './ranking.ts';
import { settings } from './settings.ts';
import { summary } from './summary.ts';
import { testPredictions } from './test-predictions.ts';

/** In the order of the page: the score, what it rests on, what the models get wrong, why, and how the run was made. */
export const sections: readonly Section[] = [
  summary,
  choices,
  findings,
  models,
  race,
  testPredictions,
  numbers,
  mistakes,
  confusion,
  perClass,
  ranking,
  calibration,
  labelIssues,
  explanations,
  featureMap,
  curves,
  ensemble,
  pseudoLabels,
  augmentation,
  cost,
  settings,
];
