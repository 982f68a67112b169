/* A worker in its own process: `worker-driver.ts STORE LEASE_MS`. Prints the names of the jobs that it has done. */
import { localExecutor, openStore, work } from '../src/index.ts';
import { blend, split, train } from './stages.ts';

const [folder = '', leaseMs = ''] = process.argv.slice(2);
const drain = new AbortController();
process.once('SIGTERM', () => drain.abort(new Error('SIGTERM')));
const executor = localExecutor({ cores: 1 });
await work(await openStore(folder, { leaseMs: Number(leaseMs) }), {
  stages: [split, train, blend],
  engine: 'e1',
  executor,
  drain: drain.signal,
  onEvent: (event) => {
    if (event.type === 'done') console.log(event.name);
    if (event.type === 'failed') console.error(event.error);
  },
});
await executor.close();
