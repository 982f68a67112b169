import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs before the engine's tests; in a process of its own, since Vitest resolves packages differently here. */
export function setup(): void {
  const script = fileURLToPath(new URL('./install-tensorflow.ts', import.meta.url));
  execFileSync(process.execPath, ['--conditions=@podium/source', '--import', 'tsx', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
  });
}
