import { helpText, INTERRUPTED } from '../help-text.ts';
import type { AddCommand } from './context.ts';

export const addInit: AddCommand = (program, context) => {
  program
    .command('init')
    .description('read a competition folder and write podium.yaml, with every key explained')
    .argument('[folder]', 'the competition folder (default: detected)')
    .option(
      '--out <file>',
      'settings file to write (default: podium.yaml; a second competition gets a folder)',
    )
    .option('--yes', 'ask no questions: use defaults and print them')
    .option('--no-inspect', 'do not check every image for leaks')
    .option('--force', 'overwrite an existing settings file')
    .option('--json', 'print one JSON object; asks no questions')
    .addHelpText(
      'after',
      helpText({
        notes: `
Never writes to the competition folder. Without a terminal, --yes is implied. If podium.yaml is of
another competition, the settings go to a folder of their own, NAME/podium.yaml, with their results.
A column named like a group (patient_id, series, artist) whose values repeat is the group by default.`,
        codes: {
          ok: 'the settings are written',
          failed: 'the folder cannot be read, or the settings file already exists',
          interrupted: `${INTERRUPTED}; nothing is written`,
        },
        examples: [
          'podium init',
          'podium init data/masks --yes',
          'podium init ~/competitions/leaves --out leaves/podium.yaml --no-inspect',
        ],
      }),
    )
    .action(async (folder, options) => {
      const action = await import('../actions/init.ts');
      await action.init(context, folder, options);
    });
};
