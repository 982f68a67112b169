import type { Case } from './case.ts';
import { folderCases } from './folders.ts';
import { idCases } from './ids.ts';
import { imageCases } from './images.ts';
import { labelCases } from './labels.ts';
import { sampleCases } from './samples.ts';
import { tableCases } from './tables.ts';

/** Small inputs that are like people's files and public bug reports, with what is right for each. */
export const cases: readonly Case[] = [
  ...tableCases,
  ...sampleCases,
  ...labelCases,
  ...idCases,
  ...folderCases,
  ...imageCases,
];
