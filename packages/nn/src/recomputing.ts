import type { AnyModule } from './module.ts';

/** Replaces the plain call of a module's forward pass, which it gets as a function of the inputs. */
type Runner = (forward: (inputs: readonly unknown[]) => unknown, inputs: readonly unknown[]) => unknown;

/** Kept outside the modules, like hooks, so that copies have none. */
const runners = new WeakMap<AnyModule, Runner>();

let isSecondPass = false;

/** The runner of a module, if it has one. */
export function runnerOf(module: AnyModule): Runner | undefined {
  return runners.get(module);
}

/** @returns a function that removes the runner */
export function setRunner(module: AnyModule, runner: Runner): () => void {
  runners.set(module, runner);
  return () => void runners.delete(module);
}

/** Whether the current forward pass only recomputes values: running statistics must not count the batch twice. */
export function isRecomputing(): boolean {
  return isSecondPass;
}

export function whileRecomputing<T>(f: () => T): T {
  const before = isSecondPass;
  isSecondPass = true;
  try {
    return f();
  } finally {
    isSecondPass = before;
  }
}
