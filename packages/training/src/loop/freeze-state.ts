import { PodiumError } from '@podium/core';
import { type AnyModule, BatchNorm2d } from '@podium/nn';
import type { ParameterGroup } from '../optimizers/index.ts';

/** What is frozen in a model: plain JSON. */
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
  const strange = [...state.frozen, ...state.frozenStatistics].find((path) => !known.has(path));
  if (strange !== undefined) {
    throw new PodiumError({
      code: 'training-freeze-state',
      path: { key: strange },
      message: 'is frozen in the checkpoint and not in the model',
      fix: 'resume with the model that the checkpoint was made with',
    });
  }
  for (const [path, parameter] of parameters) {
    parameter.requiresGrad = !state.frozen.includes(path);
    if (!parameter.requiresGrad) parameter.zeroGrad();
  }
  for (const [path, norm] of norms) norm.frozenStatistics = state.frozenStatistics.includes(path);
}

/** Batch norms of a model by path. */
export function batchNorms(model: AnyModule): [path: string, norm: BatchNorm2d][] {
  const found: [string, BatchNorm2d][] = [];
  for (const [path, module] of model.namedModules()) {
    const norm: unknown = module;
    if (norm instanceof BatchNorm2d) found.push([path, norm]);
  }
  return found;
}

/** Splits groups by the rate of each parameter's path, and leaves out what has rate 0. */
export function groupsByRate(
  groups: readonly ParameterGroup[],
  rates: ReadonlyMap<string, number>,
): ParameterGroup[] {
  return groups.flatMap((group) => {
    const byRate = new Map<number, (readonly [string, ParameterGroup['parameters'][number][1]])[]>();
    for (const each of group.parameters) {
      const rate = rates.get(each[0]) ?? 1;
      if (rate === 0) continue;
      byRate.set(rate, [...(byRate.get(rate) ?? []), each]);
    }
    return Array.from(byRate, ([rate, parameters]) => ({
      ...group,
      name: byRate.size === 1 && rate === 1 ? group.name : `${group.name}, rate x ${rate}`,
      parameters,
      learningRateScale: (group.learningRateScale ?? 1) * rate,
    }));
  });
}
