import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Result of a program; of long output, the end. */
export interface ProgramResult {
  /** Exit status; undefined if a signal ended it. */
  readonly status: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link runProgram}. */
export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeLimitMs?: number;
  readonly onLine?: (line: string) => void;
  /** Runs it in its own process group, so that its children end with it. */
  readonly group?: boolean;
}

const MAX_CHARACTERS = 64 * 1024;

/**
 * Runs a program to its end, without a shell. Its standard input is a pipe that stays open while this process is alive,
 * so that the program can detect that this process was killed.
 *
 * @throws the spawn error (`ENOENT`, `EACCES`) if it cannot be started; the abort reason of `signal`; an Error after
 * the time limit
 */
export function runProgram(command: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  const [file = '', ...parameters] = command;
  return new Promise((resolve, reject) => {
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
        output[name] = `${output[name]}${line}\n`.slice(-MAX_CHARACTERS);
        options.onLine?.(line);
      });
    }
    // It is no error if the program ends without reading its input.
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
        else resolve({ status: status ?? undefined, signal: signal ?? undefined, ...output });
      }),
    );
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
