import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { removeTree } from '@podium/core';

/** GNU time measures a command and all its processes. */
const TIME = '/usr/bin/time';

/** What a command used. */
export interface Used {
  readonly seconds: number;
  /** Of all its processes; undefined without GNU time. */
  readonly cpuSeconds: number | undefined;
  /** Of its largest process. */
  readonly peakBytes: number | undefined;
}

/**
 * Runs a command and collects its standard output; standard error is passed on.
 * @throws Error if it fails
 */
export async function measuredProcess(
  [program, ...args]: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Used & { readonly output: string }> {
  const scratch = await mkdtemp(join(tmpdir(), 'podium-used-'));
  try {
    const used = join(scratch, 'used');
    const timed = existsSync(TIME);
    const [command, all] = timed
      ? [TIME, ['-f', '%e %U %S %M', '-o', used, program!, ...args]]
      : [program!, args];
    const start = performance.now();
    const child = spawn(command, all, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<number | null>((settle, reject) => {
      child.on('error', reject);
      child.on('close', settle);
    });
    const output = await text(child.stdout);
    const code = await ended;
    if (code !== 0) throw new Error(`${program} exited with ${code}`);
    const seconds = (performance.now() - start) / 1000;
    if (!timed) return { output, seconds, cpuSeconds: undefined, peakBytes: undefined };
    const [, user, system, peak] = (await readFile(used, 'utf8')).trim().split(' ').map(Number);
    return { output, seconds, cpuSeconds: user! + system!, peakBytes: peak! * 1024 };
  } finally {
    await removeTree(scratch);
  }
}
