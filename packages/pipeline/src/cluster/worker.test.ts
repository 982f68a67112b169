import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashBytes, processName } from '@podium/core';
import { expect, onTestFinished, test } from 'vitest';
import { competition, competitionGraph, temporaryFolder, troubleGraph } from '../../test/graphs.ts';
import { split, train, trouble } from '../../test/stages.ts';
import {
  type Graph,
  inProcessExecutor,
  openStore,
  type RunEvent,
  type RunReport,
  run,
  sharedFolderExecutor,
  type WorkerEvent,
  type WorkerOptions,
  work,
} from '../index.ts';
import { processorClass } from './processor.ts';

interface Trial {
  readonly report: RunReport;
  readonly events: RunEvent[];
  readonly workerEvents: WorkerEvent[];
  readonly store: string;
}

/** Runs a graph with one worker in this process; the run ends at the first event that nobody can compute something. */
async function withWorker(graph: Graph, options: Partial<WorkerOptions> = {}): Promise<Trial> {
  const store = join(temporaryFolder(), 'store');
  const drain = new AbortController();
  const cancel = new AbortController();
  const [events, workerEvents]: [RunEvent[], WorkerEvent[]] = [[], []];
  const working = work(await openStore(store), {
    stages: [split, train, trouble],
    engine: 'e1',
    executor: inProcessExecutor(),
    drain: drain.signal,
    onEvent: (event) => void workerEvents.push(event),
    ...options,
  });
  const ownStore = await openStore(store);
  const executor = sharedFolderExecutor(ownStore);
  onTestFinished(() => executor.close());
  const report = await run(graph, ownStore, executor, {
    engine: 'e1',
    signal: cancel.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.type === 'no-worker') cancel.abort(new Error('nobody'));
    },
  });
  drain.abort();
  await working;
  return { report, events, workerEvents, store };
}

test('a failure on a worker is that of the run, with its stack, and nothing stays behind', async () => {
  const { report, store } = await withWorker(troubleGraph('problem'));
  expect(report.instances[0]).toMatchObject({
    status: 'failed',
    error: { code: 'my-problem', message: 'train.csv:3: bad row' },
  });
  for (const part of readdirSync(join(store, 'exchange')))
    expect(readdirSync(join(store, 'exchange', part))).toEqual([]);
  const bug = await withWorker(troubleGraph('bug'));
  expect(bug.report.instances[0]?.error?.cause).toMatchObject({
    stack: expect.stringContaining('stages.ts'),
  });
}, 30_000);

test.each<[string, Partial<WorkerOptions>, RegExp]>([
  ['engine', { engine: 'e2' }, /computes with e2, and the run with e1/],
  ['processor', { processor: 'linux x64 sse2' }, /computes other bits: linux x64 sse2 instead of/],
  ['version', { stages: [{ ...trouble, version: '0' }] }, /version 0 of the stage "trouble" instead of 1/],
  ['stage', { stages: [] }, /does not know the stage "trouble"/],
])(
  'a worker with another %s leaves the job, and the run says why',
  async (_, options, reason) => {
    const { report, events, workerEvents } = await withWorker(troubleGraph('nothing'), options);
    expect(report.canceled).toBe(true);
    const [nobody] = events.filter((event) => event.type === 'no-worker');
    expect(nobody).toMatchObject({ reasons: [expect.stringMatching(reason)] });
    expect(workerEvents).toContainEqual(expect.objectContaining({ type: 'left' }));
  },
  30_000,
);

test('data that differs on the machine of a worker is named, with the machine', async () => {
  const data = competition(temporaryFolder());
  let changed = false;
  const graph = competitionGraph(data);
  const own = graph.nodes.find(({ name }) => name === 'split')!;
  // As if `split` were no cheap stage, and the worker saw another disk.
  const nodes = graph.nodes.map((node) =>
    node === own ? { ...node, stage: { ...split, cheap: false } } : node,
  );
  const stages = [{ ...split, cheap: false }];
  const trial = withWorker(
    { ...graph, nodes },
    {
      stages,
      executor: {
        ...inProcessExecutor(),
        reserve: async (...given) => {
          if (!changed) writeFileSync(join(data, 'train.csv'), 'a,dog\n');
          changed = true;
          return inProcessExecutor().reserve(...given);
        },
      },
    },
  );
  const { report } = await trial;
  expect(report.instances[0]?.error).toMatchObject({
    code: 'worker-source',
    message: expect.stringMatching(
      /the source "data" has other content on .* than on the machine of the run/,
    ),
  });
}, 30_000);

test('a job that was changed is not done', async () => {
  const folder = join(temporaryFolder(), 'store');
  const store = await openStore(folder);
  const key = hashBytes('key');
  mkdirSync(join(folder, 'exchange/jobs'), { recursive: true });
  const posted = { ticket: processName(), job: { key, stage: 'trouble' } };
  writeFileSync(join(folder, 'exchange/jobs', `${key}.json`), JSON.stringify(posted));
  const events: WorkerEvent[] = [];
  const drain = new AbortController();
  const working = work(store, {
    stages: [trouble],
    engine: 'e1',
    executor: inProcessExecutor(),
    drain: drain.signal,
    onEvent: (event) => void events.push(event),
  });
  while (!events.some(({ type }) => type === 'failed')) await sleep(20);
  drain.abort();
  await working;
  const note = JSON.parse(readFileSync(join(folder, 'exchange/failures', `${key}.json`), 'utf8')) as object;
  expect(note).toMatchObject({ ticket: posted.ticket, problem: { code: 'job-damaged' } });
});

test('the class of a processor is its instructions, not its name', () => {
  const text = 'model name : X\nflags\t\t: fpu sse2 avx2 fma avx512f\nflags\t\t: none\n';
  expect(processorClass(text)).toMatch(/ avx2 fma avx512f$/);
  expect(processorClass('')).not.toContain('avx');
});
