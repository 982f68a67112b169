import { type ChildProcess, spawn } from 'node:child_process';
import { PODIUM_ARGS } from '../run-podium.ts';

export interface PodiumExit {
  readonly code: number | null;
  readonly killed: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/**
 * Runs Podium in its own process and process group, and waits for its exit.
 * @param options.killAfter seconds until SIGKILL
 * @param options.killStages whether to kill the processes of its stages at the same moment; else they notice by themselves
 * @param options.prefix a program that starts it, such as `['bash', '-c', ...]`
 */
export function startPodium(
  args: readonly string[],
  options: {
    readonly killAfter?: number;
    readonly killStages?: boolean;
    readonly prefix?: readonly string[];
  } = {},
): Promise<PodiumExit> {
  const { killAfter, killStages = true, prefix = [] } = options;
  const command = [...prefix, process.execPath, ...PODIUM_ARGS, ...args];
  const startedAt = performance.now();
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
            killed = kill(child, killStages);
          }, 1000 * killAfter);
    child.on('error', reject);
    // Orphaned stages keep the pipes open until they notice, so this waits for them, too.
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const seconds = (performance.now() - startedAt) / 1000;
      resolve({ code, killed: killed && signal === 'SIGKILL', ...output, seconds });
    });
  });
}

function kill({ pid }: ChildProcess, wholeGroup: boolean): boolean {
  try {
    process.kill(wholeGroup ? -pid! : pid!, 'SIGKILL');
    return true;
  } catch {
    // It has already exited.
    return false;
  }
}
