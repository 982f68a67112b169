import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Finished {
  readonly hash: string;
  readonly steps: number;
  readonly history: readonly unknown[];
}

/**
 * Runs the training of `run.ts` in a process. With `kill` the process is killed, by SIGKILL, some milliseconds after so
 * many steps were heard of; then there is no result.
 */
export function runTraining(
  folder: string,
  kill?: { readonly afterSteps: number; readonly milliseconds: number },
): Promise<Finished | undefined> {
  const script = join(import.meta.dirname, 'run.ts');
  const child = spawn(process.execPath, ['--conditions=@podium/source', '--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  let heard = 0;
  child.stdout.on('data', (text: Buffer) => {
    out += text;
  });
  child.stderr.on('data', (text: Buffer) => {
    errors += text;
    heard += text.toString().split('step').length - 1;
    if (kill === undefined || heard < kill.afterSteps) return;
    heard = Number.NEGATIVE_INFINITY;
    setTimeout(() => child.kill('SIGKILL'), kill.milliseconds);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(undefined);
      else if (code === 0) resolve(JSON.parse(out) as Finished);
      else reject(new Error(`the training ended with code ${code}:\n${errors}`));
    });
  });
}
