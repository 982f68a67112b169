import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inCI } from '@podium/test-kit/skips';
import type { TestProject } from 'vitest/node';
import { missingTools } from './tools.ts';

/** Exit code of the set-up for: TensorFlow is not available here. */
const MISSING = 4;

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether TensorFlow is there; without it, tests of what needs it are skipped, and the rest must pass. */
    tensorflow: boolean;
  }
}

/** Runs before the engine's tests; in a process of its own, since Vitest resolves packages differently here. */
export function setup({ provide }: TestProject): void {
  const missing = missingTools();
  if (missing.length > 0) {
    const problem = `test/install needs ${missing.join(' and ')}`;
    if (inCI) throw new Error(problem);
    console.log(`Skipping tests: ${problem}.`);
  }
  const script = fileURLToPath(new URL('./install-tensorflow.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, ['--conditions=@podium/source', '--import', 'tsx', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
  });
  if (status !== 0 && status !== MISSING) throw new Error(`${script} ended with status ${status}`);
  provide('tensorflow', status === 0);
}
