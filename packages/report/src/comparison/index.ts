import { classes } from './classes.ts';
import { confusion } from './confusion.ts';
import { cost } from './cost.ts';
import { images } from './images.ts';
import type { PairSection } from './pair.ts';
import { scores } from './scores.ts';
import { settings } from './settings.ts';

/** In the order of the page: which run is better, why, and where. */
export const pairSections: readonly PairSection[] = [scores, settings, classes, images, confusion, cost];
