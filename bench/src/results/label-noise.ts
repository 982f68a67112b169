import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { type Predictions, Rng } from '@podium/core';
import { readDataset } from '@podium/dataset';
import { loadEngine } from '@podium/engine';
import { confidentLearning } from '@podium/ensemble';
import { RECIPE } from './digits/recipe.ts';
import { type Experiment, say } from './experiment.ts';
import { accuracyOf, countFound, type Found, plantNoise } from './label-noise/noise.ts';
import { outOfFold } from './label-noise/out-of-fold.ts';

const FILTERS = ['prune-by-noise-rate', 'prune-by-class', 'both', 'confident-learning'] as const;

const help = `npm run results -- label-noise --data FOLDER [--rows N] [--noise SHARE] [--folds N] [--epochs N] [--seed N]
                                 [--peer-python PATH] [--threads N]

Changes a share (0.1) of the labels of 3,000 MNIST training images at random, predicts every image out of fold with a small
convolutional network (3 folds, 6 epochs), and flags labels with confident learning. Prints precision and recall for every
pruning method. With --peer-python, a Python with cleanlab, also those of cleanlab on the same probabilities.`;

/** Finds planted label errors with confident learning. */
export const labelNoise: Experiment = { name: 'label-noise', help, run };

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' },
      rows: { type: 'string', default: '3000' },
      noise: { type: 'string', default: '0.1' },
      folds: { type: 'string', default: '3' },
      epochs: { type: 'string', default: '6' },
      seed: { type: 'string', default: '1' },
      threads: { type: 'string' },
      'peer-python': { type: 'string' },
    },
  });
  if (values.data === undefined) throw new Error(`--data FOLDER is missing\n\n${help}`);
  await loadEngine({
    backend: 'tensorflow',
    deterministic: true,
    ...(values.threads !== undefined && { threads: Number(values.threads) }),
  });
  const rng = Rng.fromSeed(Number(values.seed)).split('label-noise');
  const set = await readDataset(values.data);
  const noisy = plantNoise(set, Number(values.rows), Number(values.noise), rng.split('noise'));
  const recipe = { ...RECIPE, batchSize: 64, epochs: Number(values.epochs) };
  const predictions = await outOfFold(set, noisy.rows, recipe, { folds: Number(values.folds), rng });
  const ours = Object.fromEntries(
    FILTERS.map((filter) => {
      const { issues } = confidentLearning(noisy.given, predictions, { filter });
      return [filter, issues.map(({ row }) => row)];
    }),
  );
  const python = values['peer-python'];
  const peer = python === undefined ? undefined : await askPeer(python, noisy.given, predictions);
  const rows = FILTERS.map((filter) => ({
    filter,
    ours: countFound(ours[filter]!, noisy.planted),
    ...(peer !== undefined && { cleanlab: countFound(peer.flagged[filter] as number[], noisy.planted) }),
  }));
  say(
    `${noisy.rows.length} images, ${noisy.planted.size} labels changed; ` +
      `${percent(accuracyOf(predictions, noisy.given))} out of fold agree with the given labels`,
  );
  for (const { filter, ...sides } of rows) {
    for (const [name, found] of Object.entries(sides))
      say(`${filter.padEnd(20)} ${name.padEnd(9)} ${rowOf(found)}`);
  }
  const { rows: count, noise, folds, epochs, seed } = values;
  return { experiment: 'label-noise', rows: count, noise, folds, epochs, seed, found: rows, ...peer };
}

async function askPeer(
  python: string,
  labels: readonly number[],
  predictions: Predictions,
): Promise<{ readonly cleanlab: string; readonly flagged: Readonly<Record<string, readonly number[]>> }> {
  const child = spawn(python, [join(import.meta.dirname, 'label-noise', 'peer.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(
    `${JSON.stringify({ labels, probabilities: [...predictions.values], filters: FILTERS })}\n`,
  );
  return JSON.parse(await text(child.stdout));
}

function rowOf({ flagged, precision, recall }: Found): string {
  return `${String(flagged).padStart(5)} flagged  precision ${percent(precision)}  recall ${percent(recall)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
