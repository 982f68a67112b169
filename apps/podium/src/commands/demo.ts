import { InvalidArgumentError } from '@commander-js/extra-typings';
import { FAILED, helpText, INTERRUPTED, NOT_PUBLISHED } from '../help-text.ts';
import { parseWholeNumber } from '../option-parsers.ts';
import { JSON_OUTPUT, OVERRIDES } from '../shared-options.ts';
import type { AddCommand, CommandContext } from './context.ts';

const STEPS = 300;
const BATCH_SIZE = 32;
const MIN_ROWS = 300;
const NO_RUN = ['--no-run', 'write the competition, and stop'] as const;

export const addDemo: AddCommand = (program, context) => {
  const demo = program.command('demo').description('try Podium on downloaded or generated data');
  demo
    .command('food')
    .description(
      'classify food photographs with pretrained networks, from the folder to a checked submission',
    )
    .argument(...OVERRIDES)
    .option(...NO_RUN)
    .option(...JSON_OUTPUT)
    .addHelpText('after', competitionHelp(['podium demo food']))
    .action(
      async (overrides, { run, json }) =>
        await runCompetitionDemo(context, 'food', { overrides, run, json: json ?? false }),
    );
  demo
    .command('digits')
    .description(
      "classify handwritten digits in the layout of Kaggle's Digit Recognizer with a small network",
    )
    .argument(...OVERRIDES)
    .option('--rows <number>', 'training rows (default: 6000); the test set has a third as many', parseRows)
    .option('--full', 'all 60,000 training rows and 10,000 test rows')
    .option(...NO_RUN)
    .option(...JSON_OUTPUT)
    .addHelpText('after', competitionHelp(['podium demo digits', 'podium demo digits --rows 1000']))
    .action(
      async (overrides, { rows, full, run, json }) =>
        await runCompetitionDemo(context, 'digits', {
          overrides,
          rows: full ? 'all' : rows,
          run,
          json: json ?? false,
        }),
    );
  demo
    .command('masks')
    .description('classify generated faces with three heads; downloads nothing')
    .argument(...OVERRIDES)
    .option(...NO_RUN)
    .option(...JSON_OUTPUT)
    .addHelpText('after', competitionHelp(['podium demo masks', 'podium demo masks train.epochs=8']))
    .action(
      async (overrides, { run, json }) =>
        await runCompetitionDemo(context, 'masks', { overrides, run, json: json ?? false }),
    );
  demo
    .command('shapes')
    .description('train a small convolutional network to classify generated discs, squares and triangles')
    .option('--seed <number>', 'random seed of images and initial weights', parseWholeNumber, 1)
    .option('--steps <number>', `training steps of ${BATCH_SIZE} images`, parseWholeNumber, STEPS)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
On one machine, the same seed gives the same result, bit for bit. TensorFlow is set up first if
necessary.`,
        codes: { ok: 'trained', failed: FAILED, interrupted: INTERRUPTED },
        examples: ['podium demo shapes', 'podium demo shapes --seed 7 --steps 400'],
      }),
    )
    .action(async (options) => {
      const { trainShapes } = await import('../demos/train-shapes.ts');
      await trainShapes(context, { ...options, batchSize: BATCH_SIZE });
    });
};

function competitionHelp(examples: readonly string[]): ReturnType<typeof helpText> {
  return helpText({
    notes: `
The competition is written to data/ in this folder, with its settings and the hidden answers beside
it; the submission is written to submissions/. A second run recomputes only what changed: edit the
settings and try.`,
    codes: {
      ok: 'the submission is written, and its true score is printed beside the estimate',
      failed: FAILED,
      problems: NOT_PUBLISHED,
      interrupted: `${INTERRUPTED}; run the same command to resume`,
    },
    examples,
  });
}

async function runCompetitionDemo(
  context: CommandContext,
  name: string,
  options: {
    readonly overrides: readonly string[];
    readonly rows?: number | 'all';
    readonly run: boolean;
    readonly json: boolean;
  },
): Promise<void> {
  const { demos } = await import('../demos/index.ts');
  const { runDemo } = await import('../demos/run-demo.ts');
  await runDemo(context, demos.get(name), options);
}

/** At least so many rows that each fold has some of each class. */
function parseRows(text: string): number {
  const rows = parseWholeNumber(text);
  if (rows >= MIN_ROWS) return rows;
  throw new InvalidArgumentError(`expected at least ${MIN_ROWS} rows.`);
}
