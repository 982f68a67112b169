// Builds a cache, for a test that kills it: build.ts ROOT FOLDER. Prints one line per shard.
import { readdir } from 'node:fs/promises';
import { buildCache } from '../../src/cache/build-cache.ts';
import { row } from '../rows.ts';

const [root, folder] = process.argv.slice(2) as [string, string];
const names = (await readdir(root)).filter((name) => name.endsWith('.jpg')).sort();
const rows = names.map((name) => row(name, undefined, { image: { kind: 'file', path: name } }));
await buildCache({
  rows,
  root,
  folder,
  shorterSide: 40,
  shardBytes: 1,
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
});
