import { PodiumError } from '@podium/core';
import type { LoaderState } from './types.ts';

/**
 * Asserts that a loader with these settings can resume from a saved position.
 * @throws PodiumError `loader-state` naming the settings that differ
 */
export function assertState(state: LoaderState, fingerprint: Readonly<Record<string, string>>): void {
  const isState =
    state?.version === 1 &&
    [state.epoch, state.step].every((value) => Number.isSafeInteger(value) && value >= 0) &&
    typeof state.fingerprint === 'object' &&
    state.fingerprint !== null;
  if (!isState) {
    throw new PodiumError({
      code: 'loader-state',
      message: 'this is not the saved state of a loader',
      expected: '{ version: 1, epoch, step, fingerprint }',
      got: JSON.stringify(state),
      fix: 'pass what loader.state() returned',
    });
  }
  const names = [...new Set([...Object.keys(fingerprint), ...Object.keys(state.fingerprint)])].sort();
  const different = names.filter((name) => fingerprint[name] !== state.fingerprint[name]);
  if (different.length === 0) return;
  throw new PodiumError({
    code: 'loader-state',
    message: 'the state was saved by a loader with different settings, so the batches would differ',
    expected: 'the same rows and settings',
    got: `a different ${different.join(', ')}`,
    fix: 'restore these settings, or start without the state',
  });
}

/** @throws PodiumError `loader-state` if the epoch has fewer steps */
export function assertStep({ epoch, step }: Pick<LoaderState, 'epoch' | 'step'>, steps: number): void {
  if (step < steps) return;
  throw new PodiumError({
    code: 'loader-state',
    message: `epoch ${epoch} has no such step`,
    expected: `a step below ${steps}`,
    got: String(step),
    fix: 'pass what loader.state() returned',
  });
}
