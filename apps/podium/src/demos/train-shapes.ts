import { loadEngine } from '@podium/engine';
import type { CommandContext } from '../commands/context.ts';
import { installReporter } from '../terminal/install-reporter.ts';
import { ShapesNet } from './shapes-net.ts';

const LEARNING_RATE = 0.1;
const TEST_IMAGES = 960;

interface Options {
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly json?: true;
}

/** `podium demo shapes`. */
export async function trainShapes(
  { terminal, signal }: CommandContext,
  { seed, steps, batchSize, json }: Options,
): Promise<void> {
  const engine = await loadEngine({ deterministic: true, onInstall: installReporter(terminal), signal });
  for (const note of engine.notes) terminal.log(note);
  const name =
    engine.tensorflow === undefined ? engine.backend : `TensorFlow ${engine.tensorflow.tensorflowVersion}`;
  terminal.log(`training on ${name}, ${engine.threads} threads, ${engine.precision}`);
  const net = new ShapesNet(seed);
  const startedAt = performance.now();
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    loss = net.train(step, LEARNING_RATE * (1 - step / steps));
    const seconds = (performance.now() - startedAt) / 1000;
    const secondsLeft = (seconds / (step + 1)) * (steps - step - 1);
    const line = `step ${step + 1} of ${steps}, loss ${loss.toFixed(3)}, ${secondsLeft.toFixed(0)} s left`;
    terminal.status(line);
    if (!terminal.isInteractive && (step + 1) % 50 === 0) terminal.log(line);
    // Lets the event loop handle Ctrl-C.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
  const imagesPerSecond = (steps * batchSize) / ((performance.now() - startedAt) / 1000);
  const accuracy = net.test(TEST_IMAGES);
  if (json) {
    const { backend, precision } = engine;
    terminal.print(JSON.stringify({ backend, precision, loss, accuracy, imagesPerSecond }));
    return;
  }
  terminal.print(
    `${(100 * accuracy).toFixed(1)} % of ${TEST_IMAGES} new images predicted correctly (guessing: 33.3 %)`,
  );
  terminal.print(`${imagesPerSecond.toFixed(0)} images/s in training`);
}
