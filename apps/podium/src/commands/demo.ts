import { loadEngine } from '@podium/engine';
import { exitCodes } from '../exit-codes.ts';
import { wholeNumber } from '../options.ts';
import { installReporter } from '../terminal/install-progress.ts';
import type { AddCommand, CommandContext } from './context.ts';

const STEPS = 300;
const BATCH = 32;
const LEARNING_RATE = 0.1;

export const addDemo: AddCommand = (program, context) => {
  const demo = program.command('demo').description('see Podium at work on data that it brings along');
  demo
    .command('shapes')
    .description('train a small convolutional net to tell drawn discs, squares and triangles apart')
    .option('--seed <number>', 'what the pictures and the first weights are drawn from', wholeNumber, 1)
    .option('--steps <number>', `training steps of ${BATCH} pictures`, wholeNumber, STEPS)
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
    .action(async ({ seed, steps, json }) => await shapes(context, { seed, steps, json: json ?? false }));
};

async function shapes(
  { terminal, signal }: CommandContext,
  { seed, steps, json }: { readonly seed: number; readonly steps: number; readonly json: boolean },
): Promise<void> {
  const engine = await loadEngine({ deterministic: true, onInstall: installReporter(terminal), signal });
  for (const note of engine.notes) terminal.say(note);
  const name =
    engine.tensorflow === undefined ? engine.backend : `TensorFlow ${engine.tensorflow.tensorflowVersion}`;
  terminal.say(`training on ${name}, ${engine.threads} threads, ${engine.precision}`);
  const { ShapesDemo } = await import('../demos/shapes.ts');
  const net = new ShapesDemo(seed);
  const start = performance.now();
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    loss = net.train(step, LEARNING_RATE * (1 - step / steps));
    const seconds = (performance.now() - start) / 1000;
    const left = (seconds / (step + 1)) * (steps - step - 1);
    const line = `step ${step + 1} of ${steps}, loss ${loss.toFixed(3)}, ${left.toFixed(0)} s left`;
    terminal.status(line);
    if (!terminal.isWatched && (step + 1) % 50 === 0) terminal.say(line);
    // Lets Ctrl-C through.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
  const imagesPerSecond = (steps * BATCH) / ((performance.now() - start) / 1000);
  const accuracy = net.test(960);
  if (json) {
    terminal.out(
      JSON.stringify({
        backend: engine.backend,
        precision: engine.precision,
        loss,
        accuracy,
        imagesPerSecond,
      }),
    );
    return;
  }
  terminal.out(`${(100 * accuracy).toFixed(1)} % of 960 new pictures told right (guessing: 33.3 %)`);
  terminal.out(`${imagesPerSecond.toFixed(0)} pictures/s in training`);
}
