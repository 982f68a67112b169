import { helpText } from '../help-text.ts';
import { JSON_OUTPUT, RUN_OR_TRAINING, STORE, SUBMISSIONS, TRUST } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

const UNKNOWN_RUN = 'unknown run, or its record was edited';

export const addRuns: AddCommand = (program, context) => {
  const runs = program.command('runs').description('list, show and compare recorded runs');
  runs
    .command('list')
    .description('list the runs of each competition, best cross-validation score first')
    .argument('[competition]', 'only this competition')
    .option(...SUBMISSIONS)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
Two runs are within noise if the interval of their difference contains 0: the data cannot tell them
apart. "podium runs compare" is sharper, since it pairs the predictions of the same images.`,
        codes: { ok: 'printed', failed: 'there are no runs, or a ledger cannot be read' },
        examples: ['podium runs list', 'podium runs list masks --json'],
      }),
    )
    .action(async (competition, options) => {
      const { listRuns } = await import('../actions/list-runs.ts');
      await listRuns(context, competition, options);
    });
  runs
    .command('show')
    .description('print the inputs, settings and results of a run')
    .argument(...RUN_OR_TRAINING)
    .option(...SUBMISSIONS)
    .option('--json', 'print the whole record')
    .addHelpText(
      'after',
      helpText({
        codes: { ok: 'printed', failed: UNKNOWN_RUN },
        examples: ['podium runs show good-1a2b3c4d'],
      }),
    )
    .action(async (run, options) => {
      const { showRun } = await import('../actions/show-run.ts');
      await showRun(context, run, options);
    });
  runs
    .command('compare')
    .description('print how two runs differ, and whether their scores differ beyond noise')
    .argument('<before>', "a run's name, its .run.json or .train.json, or its CSV")
    .argument('<after>', 'another run')
    .option(...SUBMISSIONS)
    .option(...STORE)
    .option(...TRUST)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
If the store still has the predictions of both runs, their scores are compared on the same out-of-fold
images, over the same resamples: the difficulty of the images cancels out.`,
        codes: { ok: 'compared', failed: UNKNOWN_RUN },
        examples: ['podium runs compare fast-bff8f44f good-1a2b3c4d'],
      }),
    )
    .action(async (before, after, options) => {
      const action = await import('../actions/compare-runs.ts');
      await action.compareRuns(context, before, after, options);
    });
};
