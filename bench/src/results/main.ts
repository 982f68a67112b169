// npm run results -- NAME [options]: runs an experiment, prints progress to stderr and one line of JSON to stdout.
import { defineRegistry } from '@podium/core';
import * as all from './index.ts';

const experiments = defineRegistry(Object.values(all), { kind: 'experiment' });
const [name, ...args] = process.argv.slice(2);
if (name === undefined || name === '--help' || args.includes('--help')) {
  const asked = [...experiments].filter(
    (each) => name === each.name || !experiments.names().includes(name ?? ''),
  );
  process.stderr.write(`${asked.map(({ help }) => help).join('\n\n')}\n`);
} else {
  process.stdout.write(`${JSON.stringify(await experiments.get(name).run(args))}\n`);
}
