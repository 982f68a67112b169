import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** How a process of Podium ended. */
export interface Ended {
  readonly code: number | null;
  readonly killed: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/**
 * Runs Podium as people do, in a process of its own with its own process group.
 * @param options.killAfter seconds after which it gets SIGKILL
 * @param options.whole whether the processes of its stages are killed at the same moment; else they are left to notice
 * @param options.prefix a program that starts it, such as `['bash', '-c', ...]`
 */
export function podium(
  words: readonly string[],
  options: {
    readonly killAfter?: number;
    readonly whole?: boolean;
    readonly prefix?: readonly string[];
  } = {},
): Promise<Ended> {
  const { killAfter, whole = true, prefix = [] } = options;
  const command = [
    ...prefix,
    process.execPath,
    '--conditions=@podium/source',
    '--import',
    TSX,
    MAIN,
    ...words,
  ];
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (text) => (output.stdout += text));
    child.stderr.on('data', (text) => (output.stderr += text));
    let killed = false;
    const timer =
      killAfter === undefined
        ? undefined
        : setTimeout(() => {
            killed = kill(child, whole);
          }, 1000 * killAfter);
    child.on('error', reject);
    // Stages that were left behind keep the pipes open until they notice, so this waits for them too.
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const seconds = (performance.now() - started) / 1000;
      resolve({ code, killed: killed && signal === 'SIGKILL', ...output, seconds });
    });
  });
}

function kill({ pid }: ChildProcess, whole: boolean): boolean {
  try {
    process.kill(whole ? -pid! : pid!, 'SIGKILL');
    return true;
  } catch {
    // It has ended by itself.
    return false;
  }
}
