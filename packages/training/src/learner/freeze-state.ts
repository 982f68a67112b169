import { PodiumError } from '@podium/core';
import type { AnyModule } from '@podium/nn';
import { batchNorms } from '../weights-averaging/batch-norms.ts';

/** Which parts of a model are frozen: plain JSON. */
export interface FreezeState {
  /** Paths of parameters without gradient. */
  readonly frozen: readonly string[];
  /** Paths of batch norms that keep their running statistics. */
  readonly frozenStatistics: readonly string[];
}

export function freezeState(model: AnyModule): FreezeState {
  return {
    frozen: model
      .namedParameters()
      .filter(([, { requiresGrad }]) => !requiresGrad)
      .map(([path]) => path),
    frozenStatistics: batchNorms(model)
      .filter(([, norm]) => norm.frozenStatistics)
      .map(([path]) => path),
  };
}

/** @throws PodiumError `training-freeze-state` for a path that the model does not have */
export function loadFreezeState(model: AnyModule, state: FreezeState): void {
  const parameters = model.namedParameters();
  const norms = batchNorms(model);
  const known = new Set([...parameters, ...norms].map(([path]) => path));
  const unknown = [...state.frozen, ...state.frozenStatistics].find((path) => !known.has(path));
  if (unknown !== undefined) {
    throw new PodiumError({
      code: 'training-freeze-state',
      path: { key: unknown },
      message: 'frozen in the checkpoint, but missing from the model',
      fix: 'resume with the model of the checkpoint',
    });
  }
  for (const [path, parameter] of parameters) {
    parameter.requiresGrad = !state.frozen.includes(path);
    if (!parameter.requiresGrad) parameter.zeroGrad();
  }
  for (const [path, norm] of norms) norm.frozenStatistics = state.frozenStatistics.includes(path);
}
