import { PodiumError } from '@podium/core';
import { type AnyModule, loadStateDict, type StateTensor, stateDict } from '@podium/nn';
import type { StepOptimizer } from './learner.ts';

/** All that lasts from step to step: tensors for a safetensors file, and numbers that go through JSON. */
export interface RunState {
  /** By part and path: `student/conv1.weight`, `student.optimizer/conv1.weight.momentum_buffer`, `average/fc.bias`. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
  readonly numbers: {
    readonly method: string;
    readonly seed: string | number;
    /** Steps done. */
    readonly step: number;
    /** Of a whole run: ramps depend on it. */
    readonly steps: number;
    readonly parts: Readonly<Record<string, unknown>>;
  };
}

/** A part of a run's state. */
export interface Part {
  state(): { readonly tensors: ReadonlyMap<string, StateTensor>; readonly numbers?: unknown };
  load(tensors: ReadonlyMap<string, StateTensor>, numbers: unknown): void;
}

type Identity = Pick<RunState['numbers'], 'method' | 'seed' | 'steps'>;

export function modelPart(model: AnyModule): Part {
  return {
    state: () => ({ tensors: stateDict(model) }),
    load: (tensors) => void loadStateDict(model, tensors),
  };
}

export function optimizerPart(role: string, optimizer: StepOptimizer): Part {
  const unable = () =>
    new PodiumError({
      code: 'online-state',
      message: `the optimizer of the ${role} cannot be saved`,
      expected: 'the methods state() and loadState()',
      fix: 'use an optimizer that has them, or train without checkpoints',
    });
  return {
    state() {
      if (optimizer.state === undefined) throw unable();
      return optimizer.state();
    },
    load(tensors, numbers) {
      if (optimizer.loadState === undefined) throw unable();
      optimizer.loadState({ tensors, numbers: numbers as never });
    },
  };
}

export function takeState(parts: ReadonlyMap<string, Part>, identity: Identity, step: number): RunState {
  const tensors = new Map<string, StateTensor>();
  const numbers: Record<string, unknown> = {};
  for (const [name, part] of parts) {
    const state = part.state();
    for (const [path, tensor] of state.tensors) tensors.set(`${name}/${path}`, tensor);
    if (state.numbers !== undefined) numbers[name] = state.numbers;
  }
  return { tensors, numbers: { ...identity, step, parts: numbers } };
}

/**
 * Puts everything back.
 * @throws PodiumError `online-state` where it is the state of another run; what a part refuses
 */
export function putState(parts: ReadonlyMap<string, Part>, identity: Identity, state: RunState): number {
  for (const key of ['method', 'seed', 'steps'] as const) {
    if (state.numbers[key] === identity[key]) continue;
    throw new PodiumError({
      code: 'online-state',
      path: { key },
      message: 'the checkpoint is of another run',
      expected: JSON.stringify(identity[key]),
      got: JSON.stringify(state.numbers[key]),
      fix: 'resume with the settings that the run was started with, or start it anew',
    });
  }
  for (const [name, part] of parts) {
    const prefix = `${name}/`;
    const own = [...state.tensors]
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, tensor]) => [path.slice(prefix.length), tensor] as const);
    part.load(new Map(own), state.numbers.parts[name]);
  }
  return state.numbers.step;
}
