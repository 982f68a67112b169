import { helpText } from '../help-text.ts';
import { JSON_OUTPUT } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addList: AddCommand = (program, context) => {
  program
    .command('list')
    .description('list what settings can name: metrics, losses, augmentations, ..., with their settings')
    .argument('[kind]', 'metrics, losses, optimizers, schedules, ... (default: all kinds)')
    .argument('[name]', 'only this entry, with what its settings mean; or a glob such as "f1*"')
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: 'The same as docs/catalogue.md. "podium models list" lists the models.',
        codes: { ok: 'printed', failed: 'unknown kind or name; the error suggests the nearest' },
        examples: [
          'podium list',
          'podium list losses',
          'podium list losses focal',
          'podium list metrics "f1*"',
        ],
      }),
    )
    .action(async (kind, name, options) => {
      const { list } = await import('../actions/list.ts');
      list(context, kind, name, options);
    });
};
