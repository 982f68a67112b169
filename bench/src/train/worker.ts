// Podium's contestant of the training benchmark: trainer and loader. For each line on stdin, runs one turn of steps and
// replies with a line of JSON.
import { createInterface } from 'node:readline';
import { imagenetNormalization } from '@podium/core';
import { buildCache, createLoader, shuffled, useJpegDecoder } from '@podium/dataset';
import { loadEngine, memory } from '@podium/engine';
import { buildModel } from '@podium/model-zoo';
import { type Callback, createHeadsLoss, createTrainer } from '@podium/training';
import { rowsOf } from '../data/rows.ts';
import type { ContestantSettings } from './settings.ts';

const settings = JSON.parse(process.argv[2]!) as ContestantSettings;
const { contestant, folder, batch, size, classes, precision, warmupSteps, steps } = settings;
const EPOCHS = 1_000_000;
const { jpegDecoder } = await loadEngine({
  backend: 'tensorflow',
  precision,
  ...(settings.threads > 0 && { threads: settings.threads }),
});
useJpegDecoder(jpegDecoder);
const rows = await rowsOf(folder);
const cache = { folder: settings.cache, shorterSide: 256 };
if (contestant === 'cached') await buildCache({ ...cache, rows, root: folder });
const loader = createLoader({
  rows,
  root: folder,
  heads: [
    { name: 'class', task: 'single-label', classes: Array.from({ length: classes }, (_, k) => String(k)) },
  ],
  batchSize: batch,
  imageSize: [size, size],
  seed: 0,
  sampler: shuffled(),
  workers: settings.workers,
  epochs: EPOCHS,
  dropLast: true,
  transform: {
    module: import.meta.resolve('@podium/augment'),
    factory: 'pipelineFrom',
    argument: [{ randomResizedCrop: { size } }, 'horizontalFlip'],
  },
  ...(contestant === 'cached' && { cache }),
});

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let done = 0;
let start = 0;
let waited = 0;
/** Pauses the trainer between turns. A step is reported once the next one has been handed to the device. */
const turns: Callback = {
  name: 'turns',
  on: {
    start: async () => await nextTurn(),
    step: async () => {
      done++;
      if (done === warmupSteps) {
        start = performance.now();
        waited = loader.statistics().waitedSeconds;
      }
      if (done < warmupSteps + steps) return undefined;
      const seconds = (performance.now() - start) / 1000;
      const waitShare = (loader.statistics().waitedSeconds - waited) / seconds;
      reply({
        images: steps * batch,
        seconds,
        loaded: done * batch,
        waitShare,
        peakRss: memory().peakRss,
      });
      return await nextTurn();
    },
  },
};
reply({ ready: true });
await createTrainer({
  model: buildModel(settings.model, { numClasses: classes }),
  loss: createHeadsLoss([{ name: 'class', classes, loss: { name: 'cross-entropy' } }]),
  batches: () => loader,
  epochs: EPOCHS,
  seed: 0,
  optimizer: { name: 'adamw', learningRate: 1e-3, weightDecay: 0.05 },
  normalization: imagenetNormalization,
  precision,
  callbacks: [turns],
}).fit();
await loader.close();

function reply(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function nextTurn(): Promise<'stop' | undefined> {
  done = 0;
  return (await lines.next()).done === true ? 'stop' : undefined;
}
