import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TaskName } from './tasks.ts';

export interface Finished {
  readonly hash: string;
  readonly steps: number;
  readonly history: readonly unknown[];
}

/**
 * Runs trainings of `run.ts`, one after the other, in a process. With `kill` the process is killed, by SIGKILL, some
 * milliseconds after it has reported this many steps; then there is no result.
 */
export function runTasks(
  folder: string,
  tasks: readonly TaskName[],
  kill?: { readonly afterSteps: number; readonly milliseconds: number },
): Promise<Readonly<Record<string, Finished>> | undefined> {
  const script = join(import.meta.dirname, 'run.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=@podium/source', '--import', 'tsx', script, folder, ...tasks],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let errors = '';
  let steps = 0;
  child.stdout.on('data', (text: Buffer) => {
    out += text;
  });
  child.stderr.on('data', (text: Buffer) => {
    errors += text;
    steps += text.toString().split('step').length - 1;
    if (kill === undefined || steps < kill.afterSteps) return;
    steps = Number.NEGATIVE_INFINITY;
    setTimeout(() => child.kill('SIGKILL'), kill.milliseconds);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(undefined);
      else if (code === 0) resolve(JSON.parse(out) as Record<string, Finished>);
      else reject(new Error(`the training ended with code ${code}:\n${errors}`));
    });
  });
}
