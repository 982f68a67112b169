import { addAugment } from './augment.ts';
import type { AddCommand } from './context.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { addInspect } from './inspect.ts';
import { addModels } from './models.ts';
import { addRebuild } from './rebuild.ts';
import { addRun } from './run.ts';
import { addSetup } from './setup.ts';

/** Every command, in the order that the help shows them. */
export const commands: readonly AddCommand[] = [
  addSetup,
  addDemo,
  addInspect,
  addRun,
  addRebuild,
  addAugment,
  addModels,
  addDoctor,
];
