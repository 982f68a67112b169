import type { AnyModule } from '@podium/nn';

/** Runs `f`, and restores which parts of the models are in training mode. */
export async function keepModes<T>(models: readonly AnyModule[], f: () => T | Promise<T>): Promise<T> {
  const modes = models
    .flatMap((model) => model.modules())
    .map((module) => [module, module.training] as const);
  try {
    return await f();
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
}
