import { InvalidArgumentError } from '@commander-js/extra-typings';
import { exitCodes } from '../exit-codes.ts';
import { wholeNumber } from '../options.ts';
import type { AddCommand, CommandContext } from './context.ts';

const STEPS = 300;
const BATCH = 32;
const MIN_ROWS = 300;

export const addDemo: AddCommand = (program, context) => {
  const demo = program
    .command('demo')
    .description('see Podium at work on data that it brings along or fetches');
  demo
    .command('food')
    .description('photographs of foods, by pretrained networks: from the folder to a checked submission')
    .option('--json', 'print one JSON object')
    .addHelpText('after', competitionHelp(['podium demo food']))
    .action(async ({ json }) => await competition(context, 'food', { json: json ?? false }));
  demo
    .command('digits')
    .description("handwritten digits in the layout of Kaggle's Digit Recognizer, by a small net")
    .option('--rows <number>', 'training rows; a third as many for the test', rowCount)
    .option('--full', 'all 60,000 training rows and 10,000 for the test')
    .option('--json', 'print one JSON object')
    .addHelpText('after', competitionHelp(['podium demo digits', 'podium demo digits --rows 1000']))
    .action(
      async ({ rows, full, json }) =>
        await competition(context, 'digits', { rows: full ? 'all' : rows, json: json ?? false }),
    );
  demo
    .command('masks')
    .description('drawn faces, three heads, no person in two folds; nothing is fetched')
    .option('--json', 'print one JSON object')
    .addHelpText('after', competitionHelp(['podium demo masks']))
    .action(async ({ json }) => await competition(context, 'masks', { json: json ?? false }));
  demo
    .command('shapes')
    .description('train a small convolutional net to tell drawn discs, squares and triangles apart')
    .option('--seed <number>', 'what the images and the first weights are drawn from', wholeNumber, 1)
    .option('--steps <number>', `training steps of ${BATCH} images`, wholeNumber, STEPS)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The same seed gives the same result, bit for bit, on one machine. TensorFlow is set up first if need be.

Exit codes:
  ${exitCodes.ok}    it trained
  ${exitCodes.failed}    it failed, and the error says why
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium demo shapes
  podium demo shapes --seed 7 --steps 400`,
    )
    .action(async (options) => {
      const { trainShapes } = await import('../demos/train-shapes.ts');
      await trainShapes(context, { ...options, batchSize: BATCH });
    });
};

function competitionHelp(examples: readonly string[]): string {
  return `
The competition goes to data/ of this folder, with its settings and the hidden answers beside it; the
submission goes to submissions/. A second run makes only what changed: edit the settings and try.

Exit codes:
  ${exitCodes.ok}    the submission is written, and its true score is printed beside the estimate
  ${exitCodes.failed}    it failed, and the error says why
  ${exitCodes.problems}    the linter found errors; the submission is kept aside
  ${exitCodes.interrupted}  stopped by Ctrl-C; the same command goes on where it stopped

Examples:
${examples.map((line) => `  ${line}`).join('\n')}`;
}

async function competition(
  context: CommandContext,
  name: string,
  options: { readonly rows?: number | 'all' | undefined; readonly json: boolean },
): Promise<void> {
  const { demos } = await import('../demos/index.ts');
  const { runDemo } = await import('../demos/run-demo.ts');
  await runDemo(context, demos.get(name), options);
}

/** Enough for every fold to have some of every class. */
function rowCount(text: string): number {
  const rows = wholeNumber(text);
  if (rows >= MIN_ROWS) return rows;
  throw new InvalidArgumentError(`expected at least ${MIN_ROWS} rows.`);
}
