import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Job, JobEvent, JobOutcome, ToChild, ToParent } from './job.ts';

export interface RunJobOptions {
  /** How often to try again after a crash. Default 1. */
  readonly retries?: number;
  /** Ends a process that takes longer, as a crash; default never. */
  readonly timeoutSeconds?: number;
  /** Asks the job to end; it may finish its step and save. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: JobEvent) => void;
  /** Options of Node.js for the process, such as `--max-old-space-size=4096`. */
  readonly nodeOptions?: readonly string[];
}

const LAST_WORDS = 4000;

/**
 * Runs a job in a process of its own. Whatever becomes of that process (a crash of the native library, a kill by the
 * system when memory runs out) is an outcome here and ends nothing else. It never throws for what a job does.
 */
export async function runJob(job: Job, options: RunJobOptions = {}): Promise<JobOutcome> {
  const { retries = 1, onEvent, signal } = options;
  let outcome: JobOutcome = { outcome: 'stopped', attempts: 0 };
  for (let attempt = 1; attempt <= retries + 1 && !signal?.aborted; attempt++) {
    onEvent?.({ type: 'job-start', job: job.name, attempt });
    outcome = await attemptJob(job, options, attempt);
    if (outcome.outcome !== 'crashed' || attempt > retries) break;
    onEvent?.({ type: 'job-retry', job: job.name, outcome });
  }
  onEvent?.({ type: 'job-end', job: job.name, outcome });
  return outcome;
}

/** Runs jobs, a few at a time; outcomes come in the order of the jobs. @param concurrency default 1 */
export async function runJobs(
  jobs: readonly Job[],
  options: RunJobOptions & { readonly concurrency?: number } = {},
): Promise<JobOutcome[]> {
  const { concurrency = 1 } = options;
  const outcomes: JobOutcome[] = [];
  let next = 0;
  const lane = async () => {
    while (next < jobs.length) {
      const index = next++;
      outcomes[index] = await runJob(jobs[index]!, options);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, lane));
  return outcomes;
}

function attemptJob(
  job: Job,
  { timeoutSeconds, signal, onEvent, nodeOptions = [] }: RunJobOptions,
  attempts: number,
): Promise<JobOutcome> {
  const child = startChild(job, nodeOptions);
  let answer: ToParent | undefined;
  let lastWords = '';
  let timedOut = false;
  const tell = (message: ToChild) => {
    if (child.connected) child.send(message, () => {});
  };
  const stop = () => tell({ type: 'stop' });
  signal?.addEventListener('abort', stop, { once: true });
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, timeoutSeconds * 1000);
  child.stderr?.on('data', (text: Buffer) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
  });
  // Nobody reads it, and a full pipe would block the job.
  child.stdout?.resume();
  child.on('message', (message: ToParent) => {
    if (message.type === 'report') onEvent?.({ type: 'job-report', job: job.name, value: message.value });
    else answer = message;
  });
  tell({ type: 'job', job });
  return new Promise((resolve) => {
    const end = (code: number | null, by: string | null) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      if (answer?.type === 'done') resolve({ outcome: 'done', value: answer.value, attempts });
      else if (answer?.type === 'failed') resolve({ outcome: 'failed', problem: answer.problem, attempts });
      else {
        const probably = timedOut
          ? 'timeout'
          : ranOutOfMemory(code, by, lastWords)
            ? 'out of memory'
            : 'crash';
        resolve({ outcome: 'crashed', probably, code, signal: by, lastWords, attempts });
      }
    };
    child.on('error', (error) => {
      lastWords = (lastWords + String(error)).slice(-LAST_WORDS);
      if (child.pid === undefined) end(null, null);
    });
    child.on('close', end);
  });
}

function startChild(job: Job, nodeOptions: readonly string[]): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts');
  const file = isSource ? new URL('./child.ts', import.meta.url) : new URL('./child.js', import.meta.url);
  const loader = isSource
    ? [
        '--conditions=@podium/source',
        '--import',
        pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
      ]
    : [];
  return fork(fileURLToPath(file), {
    execArgv: [...loader, ...nodeOptions],
    env: { ...process.env, ...job.env },
    // Typed arrays pass as they are.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/** The system kills without a word; V8 and TensorFlow say it before they give up. */
function ranOutOfMemory(code: number | null, signal: string | null, lastWords: string): boolean {
  const said =
    /heap out of memory|bad_alloc|out of memory|OOM when allocating|RESOURCE_EXHAUSTED|Cannot allocate/i;
  return signal === 'SIGKILL' || code === 137 || said.test(lastWords);
}
