import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addInspect: AddCommand = (program, context) => {
  program
    .command('inspect')
    .description('look at a competition folder before training: damaged images, duplicates, leaks')
    .argument('<folder>', 'the competition folder')
    .option('--layout <name>', 'how the folder is laid out; recognized by looking where left out')
    .option('--settings <file>', "JSON file with the layout's settings")
    .option('--accept <check...>', 'leaks to go on with, by the name of their check')
    .option('--fix <file>', 'write what would settle the findings as a patch, to be reviewed')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Layouts: csv, folders, idx, person-folders, pixels. The folder's own files are never changed; a patch
(drop, relabel, regroup) is applied to the list of rows when a run is told to.

Exit codes:
  ${exitCodes.ok}    nothing that keeps a run from starting
  ${exitCodes.failed}    the folder could not be read, and the error says why
  ${exitCodes.problems}    leaks that were not accepted
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium inspect data/masks
  podium inspect data/food --layout csv --settings food.json --fix food-patch.json
  podium inspect data/masks --accept near-duplicates-across-splits`,
    )
    .action(async (folder, options) => {
      const action = await import('../actions/inspect.ts');
      await action.inspect(context, folder, options);
    });
};
