// Loads 200,000 rows from a hundred files and prints the resident memory of the process every thousand rows.
import { createLoader, shuffled } from '@podium/dataset';
import { rowsOf } from './rows.ts';

const [root, workers] = process.argv.slice(2) as [string, string];
const ROWS = 200_000;
const files = (await rowsOf(root)).slice(0, 100);
const rows = Array.from({ length: ROWS }, (_, i) => ({
  ...files[i % files.length]!,
  id: `row-${i}`,
}));
const loader = createLoader({
  rows,
  root,
  batchSize: 50,
  imageSize: [64, 64],
  seed: 0,
  sampler: shuffled(),
  workers: Number(workers),
  heads: [{ name: 'class', task: 'single-label', classes: Array.from({ length: 10 }, (_, i) => String(i)) }],
});
let done = 0;
for await (const batch of loader) {
  done += batch.indices.length;
  if (done % 1000 === 0) {
    const megabytes = Math.round(process.memoryUsage.rss() / 1e6);
    process.stdout.write(`${JSON.stringify({ rows: done, megabytes })}\n`);
  }
}
