import { helpText, INTERRUPTED } from '../help-text.ts';
import { FETCH, JSON_OUTPUT, TRUST } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addRebuild: AddCommand = (program, context) => {
  program
    .command('rebuild')
    .description('make a submission again from its record, and compare the bytes')
    .argument('<record>', 'the .run.json beside the submission')
    .option('--anyway', 'rebuild although inputs have changed')
    .option('--stored', "use the project's cached results: compares them with the record, and proves no more")
    .option('--store <folder>', 'use the cached results in this folder, and keep new ones there')
    .option('--out <file>', 'write the rebuilt CSV')
    .option(...TRUST)
    .option(...FETCH)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
Everything is computed again, in a folder beside the project that is removed at the end; cached results
could have been changed. --store NEW-FOLDER does the same and can be resumed after Ctrl-C.

First of all every input is hashed: one that has changed, or lies outside of the project, is named, and
nothing runs. The project's own code runs only if you trust it: you are asked, or say --trust. A record
alone causes no download: --fetch allows those of weights, and only with the recorded hash.`,
        codes: {
          ok: 'the bytes and the score are the same',
          failed: 'failed, or an input has changed; the error names it',
          problems: 'the bytes or the score differ',
          interrupted: INTERRUPTED,
        },
        examples: [
          'podium rebuild submissions/digits/good-1a2b3c4d.run.json',
          'podium rebuild submissions/digits/good-1a2b3c4d.run.json --stored',
          'podium rebuild submissions/own/good-5e6f7a8b.run.json --trust --fetch --out again.csv',
        ],
      }),
    )
    .action(async (record, options) => {
      const { rebuild } = await import('../actions/rebuild.ts');
      await rebuild(context, record, options);
    });
};
