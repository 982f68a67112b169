import { FAILED, helpText } from '../help-text.ts';
import { parseCount } from '../option-parsers.ts';
import type { AddCommand } from './context.ts';

export const addWorker: AddCommand = (program, context) => {
  program
    .command('worker')
    .description('compute for runs of other machines, through a store on a disk that they share')
    .requiredOption('--store <folder>', 'the store of the runs, such as /shared/masks/.podium')
    .option('--cores <number>', 'cores that jobs share (default: all)', parseCount)
    .option('--once', 'end when no job is left')
    .option('--allow-code', "run the project's own code: models, transforms, stages")
    .addHelpText(
      'after',
      helpText({
        notes: `
Runs ask for jobs with "executor: shared-folder" in their settings, or "podium run --executor
shared-folder". A worker takes those whose results have the same bits on its machine: the same engine,
version and kind of processor. Data and weights have to be at the same paths as on the machine of the run.

Ctrl-C or SIGTERM: the worker finishes its jobs and takes no more. A second one ends it at once; other
workers continue its jobs from the last checkpoint, as they do if it is killed.`,
        codes: { ok: 'stopped, or with --once: no job was left', failed: FAILED },
        examples: [
          'podium worker --store /shared/masks/.podium',
          'podium worker --store /shared/masks/.podium --cores 8 --once',
        ],
      }),
    )
    .action(async (options) => {
      const { worker } = await import('../actions/worker.ts');
      await worker(context, options);
    });
};
