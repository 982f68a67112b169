/* Runs the `trouble` stage in a child of this process: `trouble-driver.ts STORE HOW MARKER`. */
import { localExecutor, openStore, run } from '../src/index.ts';
import { troubleGraph } from './competition-graph.ts';

const [folder = '', how = '', marker = ''] = process.argv.slice(2);
await run(troubleGraph(how, marker), await openStore(folder), localExecutor(), { engine: 'e1' });
