import { fail } from '@podium/core';

/**
 * Checks that an option is within its range; NaN never is.
 * @throws PodiumError `pseudo-setting`
 */
export function checkOption(
  key: string,
  value: number,
  { min, max, integer = false }: { readonly min: number; readonly max: number; readonly integer?: boolean },
): void {
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return;
  fail({
    code: 'pseudo-setting',
    path: { key },
    expected: `${integer ? 'an integer' : 'a number'} from ${min} to ${max}`,
    got: String(value),
  });
}
