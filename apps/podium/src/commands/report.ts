import { FAILED, helpText, INTERRUPTED } from '../help-text.ts';
import { FETCH, JSON_OUTPUT, RUN, STORE, SUBMISSIONS, TRUST } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addReport: AddCommand = (program, context) => {
  program
    .command('report')
    .description('write the report of a run, or of two runs side by side, as one HTML file')
    .argument(...RUN)
    .option('--compare <run>', 'another run to compare it with')
    .option('--out <file>', 'file to write (default: beside the record)')
    .option(...SUBMISSIONS)
    .option(...STORE)
    .option(...TRUST)
    .option(...FETCH)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
The page works offline and can be shared. It shows the score with its interval, mistakes, a confusion
matrix with its images, likely label errors (to save as a patch), heatmaps of what the network looked
at, calibration, a map of the images, learning curves, cost, settings, and how to rebuild the run.
Results that the store no longer has are recomputed first.`,
        codes: { ok: 'the report is written', failed: FAILED, interrupted: INTERRUPTED },
        examples: [
          'podium report submissions/masks/good-1a2b3c4d.run.json',
          'podium report good-1a2b3c4d --compare fast-5e6f7a8b --out compare.html',
        ],
      }),
    )
    .action(async (run, options) => {
      const { report } = await import('../actions/report.ts');
      await report(context, run, options);
    });
};
