import type { Section } from '../section.ts';
import { augmentation } from './augmentation.ts';
import { calibration } from './calibration.ts';
import { confusion } from './confusion.ts';
import { cost } from './cost.ts';
import { curves } from './curves.ts';
import { ensemble } from './ensemble.ts';
import { explanations } from './explanations.ts';
import { featureMap } from './feature-map.ts';
import { findings } from './findings.ts';
import { labelIssues } from './label-issues.ts';
import { mistakes } from './mistakes.ts';
import { perClass } from './per-class.ts';
import { pseudoLabels } from './pseudo-labels.ts';
import { settings } from './settings.ts';
import { summary } from './summary.ts';

/** In the order of the page: the score, what the model gets wrong, why, and how the run was made. */
export const sections: readonly Section[] = [
  summary,
  findings,
  mistakes,
  confusion,
  perClass,
  labelIssues,
  explanations,
  calibration,
  featureMap,
  curves,
  ensemble,
  pseudoLabels,
  augmentation,
  cost,
  settings,
];
