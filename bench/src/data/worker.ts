// A contestant of the data benchmark, in a separate process: for each line `turn` on stdin, loads every file once and
// replies with a line of JSON.
import { createInterface } from 'node:readline';
import { buildCache, createLoader, shuffled, useJpegDecoder } from '@podium/dataset';
import { loadEngine } from '@podium/engine';
import { BATCH, type RecipeName, recipes, SIZE } from './recipes.ts';
import { rowsOf } from './rows.ts';

const [contestant, recipe, root, workers, cacheFolder] = process.argv.slice(2) as [
  'cold' | 'sharp' | 'cached' | 'shards',
  RecipeName,
  string,
  string,
  string,
];
const PREFETCH = 2;

// As in training, whose engine has a JPEG decoder.
if (contestant !== 'sharp') useJpegDecoder((await loadEngine()).jpegDecoder);
const rows = await rowsOf(root);
const cache = { folder: cacheFolder, shorterSide: 256, ...(contestant === 'shards' && { memory: 0 }) };
const usesCache = contestant === 'cached' || contestant === 'shards';
if (usesCache) await buildCache({ ...cache, rows, root });
const loader = createLoader({
  rows,
  root,
  batchSize: BATCH,
  imageSize: [SIZE, SIZE],
  seed: 0,
  sampler: shuffled(),
  workers: Number(workers),
  prefetch: PREFETCH,
  epochs: 1_000_000,
  dropLast: true,
  transform: {
    module: import.meta.resolve('@podium/augment'),
    factory: 'pipelineFrom',
    argument: recipes[recipe],
  },
  ...(usesCache && { cache }),
});

process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for await (const _ of createInterface({ input: process.stdin })) {
  let images = 0;
  let loaded = 0;
  let start = 0;
  for await (const batch of loader.epoch()) {
    loaded += batch.indices.length;
    // Batches prefetched during other contestants' turns do not count; at the end the same number is prefetched again.
    if (batch.step > PREFETCH) images += batch.indices.length;
    else start = performance.now();
  }
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(`${JSON.stringify({ images, seconds, loaded })}\n`);
}
await loader.close();
