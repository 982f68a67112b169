import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CompetitionOptions } from './competition-graph.ts';

export interface DriverEvent {
  readonly type?: string;
  readonly name?: string;
  readonly pid?: number;
  readonly status?: string;
  readonly error?: { readonly code: string };
  readonly submission?: string | null;
}

export interface DriverOptions extends CompetitionOptions {
  readonly cores?: number;
  readonly leaseMs?: number;
  /** Has workers compute. */
  readonly workers?: boolean;
}

/** A run in another process. */
export interface Driver {
  readonly process: ChildProcess;
  readonly events: DriverEvent[];
  /** Path of the submission; undefined if the run was killed. */
  readonly submission: Promise<string | undefined>;
}

export function startDriver(
  store: string,
  data: string,
  options: DriverOptions,
  onEvent: (event: DriverEvent) => void = () => {},
  preload: readonly string[] = [],
): Driver {
  const child = start('./driver.ts', [store, data, JSON.stringify(options)], preload);
  const events: DriverEvent[] = [];
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as DriverEvent;
    events.push(event);
    onEvent(event);
  });
  const submission = new Promise<string | undefined>((resolve, reject) => {
    child.on('close', (code, signal) => {
      const written = events.find((event) => event.submission)?.submission ?? undefined;
      const failed = events.flatMap(({ error }) => error ?? []);
      // Nobody killed it, so it must have finished.
      if (signal === null && written === undefined)
        reject(new Error(`the run ended with ${code}: ${JSON.stringify(failed)} ${errors}`));
      else resolve(written);
    });
  });
  return { process: child, events, submission };
}

/** A worker in another process, as on another machine: `done` are the jobs that it has done. */
export function startWorker(store: string, leaseMs: number): { process: ChildProcess; done: string[] } {
  const child = start('./worker-driver.ts', [store, String(leaseMs)]);
  const done: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => done.push(line));
  child.stderr.pipe(process.stderr);
  return { process: child, done };
}

/** A process that runs the `trouble` stage. */
export function startTrouble(store: string, how: string, marker: string): ChildProcess {
  return start('./trouble-driver.ts', [store, how, marker]);
}

function start(
  file: string,
  parameters: readonly string[],
  preload: readonly string[] = [],
): ChildProcessByStdio<null, Readable, Readable> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const modules = ['tsx', ...preload].flatMap((module) => ['--import', module]);
  return spawn(process.execPath, ['--conditions=@podium/source', ...modules, path, ...parameters], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Whether a process of that id is running and not a zombie. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
