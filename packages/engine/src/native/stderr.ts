import { createRequire } from 'node:module';
import type { NativeLibrary } from '../install/index.ts';

/** Captures what native code writes to stderr. */
interface HeldStderr {
  hold(): void;
  /** Restores stderr, and returns what was written to it meanwhile. */
  release(): string;
}

/** The addon that does it; undefined if it is not compiled. */
export function stderrOf({ addons: { podium_stderr: path } }: NativeLibrary): HeldStderr | undefined {
  return path === undefined ? undefined : (createRequire(import.meta.url)(path) as HeldStderr);
}
