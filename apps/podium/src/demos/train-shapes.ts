import { loadEngine } from '@podium/engine';
import type { CommandContext } from '../commands/context.ts';
import { installReporter } from '../terminal/install-progress.ts';
import { ShapesDemo } from './shapes.ts';

const LEARNING_RATE = 0.1;
const TEST_IMAGES = 960;

interface Options {
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly json?: true;
}

/** `podium demo shapes`: trains a small network to tell drawn shapes apart. */
export async function trainShapes(
  { terminal, signal }: CommandContext,
  { seed, steps, batchSize, json }: Options,
): Promise<void> {
  const engine = await loadEngine({ deterministic: true, onInstall: installReporter(terminal), signal });
  for (const note of engine.notes) terminal.say(note);
  const name =
    engine.tensorflow === undefined ? engine.backend : `TensorFlow ${engine.tensorflow.tensorflowVersion}`;
  terminal.say(`training on ${name}, ${engine.threads} threads, ${engine.precision}`);
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
  const imagesPerSecond = (steps * batchSize) / ((performance.now() - start) / 1000);
  const accuracy = net.test(TEST_IMAGES);
  if (json) {
    const { backend, precision } = engine;
    terminal.out(JSON.stringify({ backend, precision, loss, accuracy, imagesPerSecond }));
    return;
  }
  terminal.out(
    `${(100 * accuracy).toFixed(1)} % of ${TEST_IMAGES} new images predicted correctly (guessing: 33.3 %)`,
  );
  terminal.out(`${imagesPerSecond.toFixed(0)} images/s in training`);
}
