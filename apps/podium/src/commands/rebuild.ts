import { helpText, INTERRUPTED } from '../help-text.ts';
import { JSON_OUTPUT } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addRebuild: AddCommand = (program, context) => {
  program
    .command('rebuild')
    .description('recompute a submission from its record and compare the bytes')
    .argument('<record>', 'the .run.json beside a submission')
    .option('--anyway', 'continue with changed inputs, and report what differs')
    .option('--store <folder>', 'folder of cached results; an empty folder recomputes everything')
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
The record has the hash of every input, the settings of every stage, and the seeds. Nothing else is
needed, not even podium.yaml. On another kind of processor, the last digits of a training may differ;
Podium tells you then.`,
        codes: {
          ok: 'the same bytes',
          failed: 'failed, or an input has changed; the error names it',
          problems: 'different bytes; the differences are printed',
          interrupted: INTERRUPTED,
        },
        examples: [
          'podium rebuild submissions/masks/good-1a2b3c4d.run.json',
          'podium rebuild submissions/masks/good-1a2b3c4d.run.json --store /tmp/fresh',
        ],
      }),
    )
    .action(async (record, options) => {
      context.markResumable();
      const { rebuild } = await import('../actions/rebuild.ts');
      await rebuild(context, record, options);
    });
};
