import { PodiumError } from '@podium/core';
import {
  assertNoLeaks,
  checks,
  type DatasetDescription,
  type Patch,
  proposePatch,
  type Report,
} from '@podium/dataset';
import { FAULTS, type Settling, type UsableRows, usableRows } from './usable-rows.ts';

/** What the settings say about findings. */
export interface FindingSettings extends Settling {
  /** `auto`: training rows that checks suggest to drop are dropped; or your own patch. */
  readonly patch: 'auto' | Patch;
  /** Whether classes with a handful of images go: that is another task than the competition's. */
  readonly rareClasses: 'keep' | 'drop';
}

/** As settings are that say nothing about findings. */
const DEFAULTS = { unpredicted: 'refuse', patch: 'auto', rareClasses: 'keep' } as const;

/**
 * Settles what the checks found, as a run does before anything else.
 * @throws PodiumError `dataset-leaks` for leaks that are neither accepted nor patched away, and as `usableRows`
 */
export function settleFindings(
  description: DatasetDescription,
  found: Report,
  { patch, rareClasses, ...settling }: FindingSettings,
): UsableRows {
  const isAuto = patch === 'auto';
  const base = isAuto
    ? proposePatch(found, {
        checks: checks
          .names()
          .filter((name) => name !== 'rare-classes' || rareClasses === 'drop')
          // What is accepted stays, unless it cannot be used.
          .filter((name) => !settling.accept.includes(name) || FAULTS.has(name)),
        splits: ['train'],
      })
    : patch;
  // A leak that the patch takes out of the training rows is none any more.
  const failures = found.failures.filter(
    ({ check, suggestedPatch = [] }) =>
      !settling.accept.includes(check) && !(isAuto && suggestedPatch.length > 0),
  );
  assertNoLeaks({ ...found, failures });
  return usableRows(description, found, base, settling);
}

/** Why a run that accepts these checks would stop at what they found; undefined if it would not. */
export function whyRunStops(
  description: DatasetDescription,
  found: Report,
  accept: readonly string[] = [],
): PodiumError | undefined {
  try {
    settleFindings(description, found, { ...DEFAULTS, accept });
    return undefined;
  } catch (error) {
    if (error instanceof PodiumError) return error;
    throw error;
  }
}
