import type { AnyModule } from './module.ts';

/** Runs a module's forward pass, given as a function of its inputs, in another way. */
type Runner = (forward: (inputs: readonly unknown[]) => unknown, inputs: readonly unknown[]) => unknown;

/** Beside the modules, as hooks are, so that a copy of a module is a plain one. */
const runners = new WeakMap<AnyModule, Runner>();

let isSecondPass = false;

/** How a module's forward pass is to run, where it is not simply called. */
export function runnerOf(module: AnyModule): Runner | undefined {
  return runners.get(module);
}

/** @returns a function that undoes it */
export function setRunner(module: AnyModule, runner: Runner): () => void {
  runners.set(module, runner);
  return () => void runners.delete(module);
}

/** Whether what runs was computed before, and only its values are wanted: nothing may be counted twice. */
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
