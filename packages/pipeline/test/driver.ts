/*
 * One run in its own process: `driver.ts STORE DATA OPTIONS(JSON)`. Prints each event's type and instance as a line of
 * JSON, then the path of the submission.
 */
import { localExecutor, openStore, run, sharedFolderExecutor } from '../src/index.ts';
import { type CompetitionOptions, competitionGraph } from './competition-graph.ts';

const [folder = '', data = '', options = '{}'] = process.argv.slice(2);
const say = (value: unknown): void => console.log(JSON.stringify(value));
const {
  cores = 2,
  leaseMs,
  workers = false,
  ...given
} = JSON.parse(options) as CompetitionOptions & {
  readonly cores?: number;
  readonly leaseMs?: number;
  readonly workers?: boolean;
};
const store = await openStore(folder, leaseMs === undefined ? {} : { leaseMs });
const executor = workers ? sharedFolderExecutor(store) : localExecutor({ cores });
const report = await run(competitionGraph(data, given), store, executor, {
  engine: 'e1',
  onEvent: (event) =>
    say({
      type: event.type,
      name: event.type === 'finished' ? event.report.name : 'name' in event ? event.name : '',
      ...(event.type === 'process' && { pid: event.pid }),
      ...(event.type === 'finished' && { status: event.report.status, error: event.report.error?.problem }),
    }),
});
await executor.close();
say({ submission: report.instances.at(-1)?.outputs?.submission ?? null });
