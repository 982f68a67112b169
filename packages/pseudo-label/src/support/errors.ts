import { PodiumError, type Problem } from '@podium/core';

/** Throws a PodiumError. */
export function fail(problem: Problem): never {
  throw new PodiumError(problem);
}
