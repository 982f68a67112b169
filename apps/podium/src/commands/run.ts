import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addRun: AddCommand = (program, context) => {
  program
    .command('run')
    .description('from a competition folder to a checked submission, as the settings say')
    .argument('[settings]', 'podium.yaml, podium.config.ts, or the folder of one', '.')
    .option('--plan', 'only say what would run, and why each stage is not there yet')
    .option('--store <folder>', 'where results are kept (default: .podium beside the settings)')
    .option('--submissions <folder>', 'where submissions go (default: submissions beside the settings)')
    .option('--name <run>', 'what the run is called (default: the preset and the beginning of its key)')
    .option('--json', 'print one JSON object at the end')
    .addHelpText(
      'after',
      `
Results are kept by what they were made from: a second run makes only what changed. Ctrl-C stops
cleanly; the same command goes on where it stopped.

Exit codes:
  ${exitCodes.ok}    the submission is written and no rule of the linter is broken
  ${exitCodes.failed}    it failed, and the error says why
  ${exitCodes.problems}    the linter found errors; the submission is kept aside
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium run
  podium run masks/podium.yaml --plan
  podium run --json > result.json`,
    )
    .action(async (settings, options) => {
      context.resumes();
      const { run } = await import('../actions/run.ts');
      await run(context, settings, options);
    });
};
