import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PodiumError } from '@podium/core';
import { type ExecuteOptions, type Job, JobFailure } from './job.ts';
import { type FromChild, HEARTBEAT_MS, type ToChild } from './messages.ts';

/** Characters of stderr that an error message may quote. */
const TAIL = 4000;
/** How long to wait for the last output of a process that exited. */
const DRAIN_MS = 2000;
/** How long to wait for the output of a job whose process stays. */
const PRINTED_MS = 10;

export interface ChildOptions {
  /** A process without a heartbeat for this long is killed. */
  readonly heartbeatTimeoutMs: number;
  /** Time from cancellation to SIGTERM, and from SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** Node.js options for the process. */
  readonly execArgv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** How a job uses processes. */
export interface Reuse {
  /** A process that waits for a job; default: a new one. */
  readonly child?: ChildProcess | undefined;
  /** Whether the process may run another job afterwards. */
  readonly keep: boolean;
}

/**
 * Runs one job in a child process. Settles when that process is gone; or, after success and with `keep`, when it waits for
 * another job, and then returns it.
 */
export function runInChild(
  job: Job,
  { signal, onEvent }: ExecuteOptions,
  options: ChildOptions,
  { child = start(options), keep }: Reuse,
): Promise<ChildProcess | undefined> {
  let outcome: FromChild | undefined;
  let silentTicks = 0;
  let hangs = false;
  let stderr = '';
  const timers = new Set<NodeJS.Timeout>();
  const send = (message: ToChild) => child.connected && child.send(message, () => {});
  const listen = (stream: 'stdout' | 'stderr') => (text: string) => {
    if (stream === 'stderr') stderr = (stderr + text).slice(-TAIL);
    onEvent({ type: 'output', stream, text });
  };
  const [onStdout, onStderr] = [listen('stdout'), listen('stderr')];
  child.stdout?.setEncoding('utf8').on('data', onStdout);
  child.stderr?.setEncoding('utf8').on('data', onStderr);
  // Counts ticks, not time: a machine that slept for an hour has missed only one.
  const maxTicks = Math.ceil(options.heartbeatTimeoutMs / HEARTBEAT_MS);
  const watch = setInterval(() => {
    hangs = ++silentTicks > maxTicks;
    if (hangs) child.kill('SIGKILL');
  }, HEARTBEAT_MS);
  const stop = (): void => {
    send({ type: 'cancel' });
    timers.add(setTimeout(() => child.kill('SIGTERM'), options.graceMs));
    timers.add(setTimeout(() => child.kill('SIGKILL'), 2 * options.graceMs));
  };
  return new Promise<ChildProcess | undefined>((resolve, reject) => {
    const settle = (error?: unknown, waiting?: ChildProcess): void => {
      clearInterval(watch);
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      child.off('message', onMessage).off('error', onError).off('close', ended).off('exit', onExit);
      child.stdout?.off('data', onStdout);
      child.stderr?.off('data', onStderr);
      if (signal.aborted && outcome?.type !== 'done') reject(signal.reason);
      else if (error === undefined) resolve(waiting);
      else reject(error);
    };
    const onMessage = (message: FromChild): void => {
      silentTicks = 0;
      if (message.type === 'progress') onEvent({ type: 'progress', progress: message.progress });
      else if (message.type !== 'heartbeat') outcome = message;
      // What the job printed is on its way in other pipes.
      if (message.type === 'done' && message.waits)
        timers.add(setTimeout(() => settle(undefined, child), PRINTED_MS));
    };
    const onError = (error: Error): void => {
      // A process that never started emits no 'close'.
      if (child.pid === undefined)
        settle(new JobFailure('crash', job.stageName, `did not start: ${error.message}`));
    };
    const ended = (code: number | null, killedBy: NodeJS.Signals | null): void => {
      if (outcome?.type === 'done') settle();
      else if (outcome?.type === 'failed') settle(failed(outcome));
      else if (hangs) settle(lost(job, options.heartbeatTimeoutMs));
      else settle(crashed(job, code, killedBy, stderr));
    };
    // A process that the stage started and left behind may keep stdout open forever, so 'close' may never come.
    const onExit = (code: number | null, killedBy: NodeJS.Signals | null): void => {
      timers.add(setTimeout(() => ended(code, killedBy), DRAIN_MS));
    };
    child.on('message', onMessage).on('error', onError).on('close', ended).on('exit', onExit);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    if (child.pid !== undefined) onEvent({ type: 'started', pid: child.pid });
    send({ type: 'job', job, keep });
  });
}

function start({ execArgv, env }: ChildOptions): ChildProcess {
  const source = import.meta.url.endsWith('.ts');
  const file = source ? new URL('./child.ts', import.meta.url) : new URL('./child.js', import.meta.url);
  return fork(fileURLToPath(file), [String(process.pid)], {
    execArgv: [...(source ? sourceOptions() : []), ...(execArgv ?? [])],
    ...(env && { env }),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/** Node.js options to run the workspace's TypeScript sources, before a build. */
function sourceOptions(): string[] {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return ['--conditions=@podium/source', '--import', tsx];
}

function failed({ problem, stack }: FromChild & { readonly type: 'failed' }): PodiumError {
  const error = new PodiumError(problem);
  // The useful stack is that of the stage's code.
  if (stack !== undefined) error.cause = Object.assign(new Error(problem.message), { stack });
  return error;
}

function lost(job: Job, timeoutMs: number): JobFailure {
  const message = `sent no heartbeat for ${Math.round(timeoutMs / 1000)} s and was killed`;
  return new JobFailure('heartbeat-lost', job.stageName, message);
}

function crashed(job: Job, code: number | null, killedBy: NodeJS.Signals | null, stderr: string): JobFailure {
  if (stderr.includes('heap out of memory')) {
    return new JobFailure('out-of-memory', job.stageName, 'ran out of JavaScript heap memory');
  }
  if (killedBy === 'SIGKILL') {
    const message = 'was killed from outside, probably because the machine ran out of memory';
    return new JobFailure('out-of-memory', job.stageName, message);
  }
  const how = killedBy === null ? `exited with code ${code}` : `was ended by ${killedBy}`;
  const said = stderr.trim();
  if (said === '') return new JobFailure('crash', job.stageName, how);
  return new JobFailure('crash', job.stageName, `${how}; its last output`, said.split('\n').slice(-5));
}
