import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a program ended. Of long output the end is kept. */
export interface ProgramResult {
  /** Exit status; undefined where a signal ended it. */
  readonly status: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeLimitMs?: number;
  readonly onLine?: (line: string) => void;
  /** Gives the program its own process group, so that its children end with it. */
  readonly group?: boolean;
}

const KEPT_CHARACTERS = 64 * 1024;

/**
 * Runs a program to its end, without a shell. Its standard input is a pipe that stays open as long as this process
 * lives, so that a program that watches it can end when this process is killed.
 *
 * @throws The spawn error (`ENOENT`, `EACCES`) where it cannot be started; the abort reason where `signal` fires;
 * an Error that names the time limit where that passes.
 */
export function runProgram(command: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  const [file = '', ...parameters] = command;
  return new Promise((fulfil, reject) => {
    options.signal?.throwIfAborted();
    const child = spawn(file, parameters, {
      cwd: options.folder,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: options.group ?? false,
    });
    let stopped: unknown;
    const stop = (reason: unknown): void => {
      stopped ??= reason;
      if (options.group === true && child.pid !== undefined) killGroup(child.pid);
      else child.kill('SIGKILL');
    };
    const onAbort = (): void => stop(options.signal?.reason);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const { timeLimitMs } = options;
    const timer =
      timeLimitMs === undefined
        ? undefined
        : setTimeout(() => stop(new Error(`${file} took longer than ${timeLimitMs / 1000} s`)), timeLimitMs);

    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[name] }).on('line', (line) => {
        output[name] = `${output[name]}${line}\n`.slice(-KEPT_CHARACTERS);
        options.onLine?.(line);
      });
    }
    // A program that ends without reading its input is no error.
    child.stdin.on('error', () => {});
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      finish();
    };
    child.on('error', (error) => settle(() => reject(error)));
    child.on('close', (status, signal) =>
      settle(() => {
        if (stopped !== undefined) reject(stopped);
        else fulfil({ status: status ?? undefined, signal: signal ?? undefined, ...output });
      }),
    );
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
