import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addRebuild: AddCommand = (program, context) => {
  program
    .command('rebuild')
    .description('make a submission again from its record, and compare the bytes')
    .argument('<record>', 'the .run.json beside a submission')
    .option('--anyway', 'go on where an input is not what it was, and say what comes of it')
    .option('--store <folder>', 'where results are kept; an empty folder makes everything anew')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The record names every input by its hash, every stage with its settings, and the seeds: nothing else
is needed, not even podium.yaml. Bits depend on the processor's instructions: on another kind of
machine the last digits of a training may differ, which is said.

Exit codes:
  ${exitCodes.ok}    the same bytes
  ${exitCodes.failed}    it failed, or an input is not what it was; the error names it
  ${exitCodes.problems}    other bytes came out; what differs is printed
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium rebuild submissions/masks/good-1a2b3c4d.run.json
  podium rebuild submissions/masks/good-1a2b3c4d.run.json --store /tmp/fresh`,
    )
    .action(async (file, options) => {
      context.resumes();
      const { rebuild } = await import('../actions/rebuild.ts');
      await rebuild(context, file, options);
    });
};
