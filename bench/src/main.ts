// npm run bench -- NAME [options]: runs a benchmark, prints progress to stderr and one line of JSON to stdout.
import * as data from './data/bench.ts';
import * as engine from './engine/bench.ts';
import { limitsHelp, readLimits } from './limits.ts';
import * as ops from './ops/bench.ts';
import { reportLine } from './report.ts';
import * as scale from './scale/bench.ts';
import * as train from './train/bench.ts';
import * as zoo from './zoo/bench.ts';

const benches = { data, engine, ops, scale, train, zoo };

const [name, ...args] = process.argv.slice(2);
const bench = benches[name as keyof typeof benches] as (typeof benches)[keyof typeof benches] | undefined;
if (bench === undefined || args.includes('--help')) {
  const known = Object.values(benches).map(({ help }) => help);
  process.stderr.write(`${[...known, limitsHelp].join('\n\n')}\n`);
  process.exitCode = name === undefined || name === '--help' || bench !== undefined ? 0 : 2;
} else {
  const { rest, isa, budget } = await readLimits(args);
  process.stdout.write(`${reportLine(await bench.run(rest, budget), isa)}\n`);
}
