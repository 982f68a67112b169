import { PodiumError, type Problem } from '@podium/core';

/** Throws a PodiumError. */
export function fail(problem: Problem): never {
  throw new PodiumError(problem);
}

/**
 * Refuses an option that is not within its range; NaN is in none.
 * @throws PodiumError `pseudo-setting`
 */
export function checkOption(key: string, value: number, least: number, most: number, whole = false): void {
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return;
  fail({
    code: 'pseudo-setting',
    path: { key },
    expected: `${whole ? 'an integer' : 'a number'} from ${least} to ${most}`,
    got: String(value),
  });
}
