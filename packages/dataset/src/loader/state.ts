import { PodiumError } from '@podium/core';
import type { LoaderState } from './types.ts';

/**
 * Whether a loader with these settings can go on from a saved position.
 * @throws PodiumError `loader-state` naming the settings that differ.
 */
export function checkState(state: LoaderState, made: Readonly<Record<string, string>>): void {
  const good =
    state?.version === 1 &&
    [state.epoch, state.step].every((value) => Number.isSafeInteger(value) && value >= 0) &&
    typeof state.made === 'object' &&
    state.made !== null;
  if (!good) {
    throw new PodiumError({
      code: 'loader-state',
      message: 'this is not the saved state of a loader',
      expected: '{ version: 1, epoch, step, made }',
      got: JSON.stringify(state),
      fix: 'pass what loader.state() returned',
    });
  }
  const names = [...new Set([...Object.keys(made), ...Object.keys(state.made)])].sort();
  const different = names.filter((name) => made[name] !== state.made[name]);
  if (different.length === 0) return;
  throw new PodiumError({
    code: 'loader-state',
    message:
      'the state was saved by a loader with other settings, so going on would not give the same batches',
    expected: 'the same rows and settings',
    got: `another ${different.join(', ')}`,
    fix: 'restore these settings, or start the epoch anew without the state',
  });
}

/** @throws PodiumError `loader-state` where the epoch has no such step. */
export function checkStep({ epoch, step }: Pick<LoaderState, 'epoch' | 'step'>, steps: number): void {
  if (step < steps) return;
  throw new PodiumError({
    code: 'loader-state',
    message: `epoch ${epoch} has no such step`,
    expected: `a step below ${steps}`,
    got: String(step),
    fix: 'pass what loader.state() returned',
  });
}
