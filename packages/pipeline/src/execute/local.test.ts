import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder, troubleGraph } from '../../test/graphs.ts';
import { isRunning } from '../../test/processes.ts';
import { warm } from '../../test/stages.ts';
import {
  defineGraph,
  instance,
  type LocalExecutorOptions,
  localExecutor,
  openStore,
  type RunEvent,
  type RunOptions,
  type RunReport,
  run,
} from '../index.ts';

async function make(
  how: string,
  { marker = '', ...options }: Partial<RunOptions & LocalExecutorOptions> & { readonly marker?: string } = {},
): Promise<{ report: RunReport['instances'][number]; events: RunEvent[]; run: RunReport }> {
  const executor = localExecutor(options);
  onTestFinished(() => executor.close());
  const events: RunEvent[] = [];
  const report = await run(
    troubleGraph(how, marker),
    await openStore(join(temporaryFolder(), 'store')),
    executor,
    {
      engine: 'e1',
      retries: 1,
      ...options,
      onEvent: (event) => {
        events.push(event);
        options.onEvent?.(event);
      },
    },
  );
  return { report: report.instances[0]!, events, run: report };
}

test('a crash and a kill from outside are retried, with a reason', async () => {
  const cases = [
    ['crash-once', 'stage-crash', /exited with code 3; its last output:\nsomething native went wrong/],
    ['kill-once', 'stage-out-of-memory', /killed from outside/],
  ] as const;
  const made = await Promise.all(
    cases.map(([how]) => make(how, { marker: join(temporaryFolder(), 'marker') })),
  );
  for (const [i, { report, events }] of made.entries()) {
    expect(report).toMatchObject({ status: 'ran', attempts: 2 });
    const retries = events.flatMap((event) => (event.type === 'retry' ? [event.error] : []));
    const [, code, message] = cases[i] ?? [];
    expect(retries).toMatchObject([{ code, message: expect.stringMatching(message!) }]);
  }
});

test('a process that runs out of heap is not reported as a crash; without retries, it fails', async () => {
  const { report } = await make('heap', { execArgv: ['--max-old-space-size=30'], retries: 0 });
  expect(report.error).toMatchObject({
    code: 'stage-out-of-memory',
    message: expect.stringContaining('JavaScript'),
  });
});

test('a process that hangs is killed and retried', async () => {
  const marker = join(temporaryFolder(), 'marker');
  const { report, events } = await make('hang-once', { marker, heartbeatTimeoutMs: 3000 });
  expect(report).toMatchObject({ status: 'ran', attempts: 2 });
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'retry',
      error: expect.objectContaining({ code: 'stage-heartbeat-lost' }),
    }),
  );
});

test('an error that the stage reports is passed on and not retried; so is a bug, with its stack', async () => {
  const [problem, bug] = await Promise.all([make('problem'), make('bug')]);
  expect(problem.report).toMatchObject({
    attempts: 1,
    error: { code: 'my-problem', message: 'train.csv:3: bad row' },
  });
  expect(bug.report).toMatchObject({ attempts: 1, error: { code: 'stage-failed' } });
  expect(bug.report.error?.cause).toMatchObject({ stack: expect.stringContaining('stages.ts') });
});

test('warm stages hand their process on, unless one of them fails; it ends with the executor', async () => {
  const executor = localExecutor();
  onTestFinished(() => executor.close());
  const store = await openStore(join(temporaryFolder(), 'store'));
  const printed: string[] = [];
  const runOne = async (which: number, fail = false) => {
    const settings = { which, fail };
    const graph = defineGraph({ sources: {}, instances: [instance('warm', warm, { settings, inputs: {} })] });
    const report = await run(graph, store, executor, {
      engine: 'e1',
      onEvent: (event) => void (event.type === 'output' && printed.push(`${which}: ${event.text}`)),
    });
    const { outputs } = report.instances[0]!;
    if (outputs === undefined) return undefined;
    const [pid, jobs] = readFileSync(outputs.out!, 'utf8').split(' ').map(Number);
    return { pid: pid!, jobs };
  };
  const first = await runOne(1);
  expect(first?.jobs).toBe(1);
  expect(await runOne(2)).toEqual({ pid: first?.pid, jobs: 2 });
  expect(await runOne(3, true)).toBeUndefined();
  const next = await runOne(4);
  expect(next?.jobs).toBe(1);
  expect(printed).toEqual(['1: job 1\n', '2: job 2\n', '3: job 3\n', '4: job 4\n']);
  expect([first, next].map((made) => isRunning(made!.pid))).toEqual([false, true]);
  await executor.close();
  expect(isRunning(next!.pid)).toBe(false);
});

test('a canceled stage is gone when the run resolves, whether it reacts, ignores the signal, or hangs', async () => {
  const cancel = async (how: string): Promise<void> => {
    const marker = join(temporaryFolder(), 'marker');
    const stop = new AbortController();
    const timer = setInterval(() => existsSync(marker) && stop.abort(new Error('Ctrl-C')), 20);
    const { report, run: whole } = await make(how, { marker, signal: stop.signal, graceMs: 200 });
    clearInterval(timer);
    expect(report.status).toBe('canceled');
    expect(whole.canceled).toBe(true);
    expect(isRunning(Number(readFileSync(marker, 'utf8')))).toBe(false);
  };
  await Promise.all(['wait', 'deaf', 'hang'].map(cancel));
});
