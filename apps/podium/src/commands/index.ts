import { addAugment } from './augment.ts';
import { addCache } from './cache.ts';
import { addCompletion } from './completion.ts';
import type { AddCommand } from './context.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { addEnsemble } from './ensemble.ts';
import { addFinish } from './finish.ts';
import { addHelp } from './help.ts';
import { addInit } from './init.ts';
import { addInspect } from './inspect.ts';
import { addList } from './list.ts';
import { addMcp } from './mcp.ts';
import { addModels } from './models.ts';
import { addPredict } from './predict.ts';
import { addRebuild } from './rebuild.ts';
import { addReport } from './report.ts';
import { addRun } from './run.ts';
import { addRuns } from './runs.ts';
import { addScore } from './score.ts';
import { addSetup } from './setup.ts';
import { addSubmit } from './submit.ts';
import { addTrain } from './train.ts';
import { addVerify } from './verify.ts';
import { addWorker } from './worker.ts';

/** Every command, in the order of the help. */
export const commands: readonly AddCommand[] = [
  addSetup,
  addDemo,
  addInit,
  addInspect,
  addRun,
  addFinish,
  addTrain,
  addWorker,
  addPredict,
  addEnsemble,
  addReport,
  addRebuild,
  addVerify,
  addAugment,
  addModels,
  addList,
  addSubmit,
  addScore,
  addRuns,
  addCache,
  addDoctor,
  addMcp,
  addHelp,
  addCompletion,
];
