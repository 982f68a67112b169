import { FAILED, helpText, INTERRUPTED } from '../help-text.ts';
import { JSON_OUTPUT } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addInspect: AddCommand = (program, context) => {
  program
    .command('inspect')
    .description('check a competition folder for damaged images, duplicates and leaks before training')
    .argument('<folder>', 'the competition folder')
    .option('--layout <name>', 'layout of the folder (default: detected)')
    .option('--settings <file>', "JSON file with the layout's settings")
    .option('--accept <check...>', 'checks whose leaks you accept')
    .option('--allow-outside-links', 'follow links that lead out of the folder (as data.allowOutsideLinks)')
    .option('--fix <file>', 'write a patch that resolves the findings, for review')
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
"podium list layouts" lists the layouts and their settings. The folder never changes. A patch (drop, relabel,
regroup) applies to the list of rows once the settings name it as data.patch.`,
        codes: {
          ok: 'no leaks, or all are accepted',
          failed: FAILED,
          problems: 'there are leaks that are not accepted, or rows that a run cannot use',
          interrupted: INTERRUPTED,
        },
        examples: [
          'podium inspect data/masks',
          'podium inspect data/food --layout csv --settings food.json --fix food-patch.json',
          'podium inspect data/masks --accept near-duplicates-across-splits',
        ],
      }),
    )
    .action(async (folder, options) => {
      const action = await import('../actions/inspect.ts');
      await action.inspect(context, folder, options);
    });
};
