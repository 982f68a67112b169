import { FAILED, helpText } from '../help-text.ts';
import type { AddCommand } from './context.ts';

export const addHelp: AddCommand = (program, context) => {
  program.helpCommand(false);
  program
    .command('help')
    .description('print the help of a command; with --json, of all commands and settings, for programs')
    .argument('[command...]', 'such as runs compare (default: all)')
    .option('--json', 'print one JSON object: commands, arguments, options, exit codes, settings')
    .addHelpText(
      'after',
      helpText({
        notes:
          'docs/automation.md is about using Podium from programs, docs/schemas has the schema of each output.',
        codes: { ok: 'printed', failed: FAILED },
        examples: ['podium help runs compare', 'podium help --json'],
      }),
    )
    .action(async (names, { json }) => {
      const { help } = await import('../actions/help.ts');
      help(context, program, names, json ?? false);
    });
};
