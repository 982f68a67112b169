import { compareCodeUnits } from '@podium/core';

/** Whole numbers by value, everything else by code units: `9` before `10`, the same in every locale. */
export function sortClasses(names: Iterable<string>): string[] {
  const classes = [...names];
  const areWhole = classes.every((name) => /^-?\d{1,15}$/.test(name));
  return classes.sort(
    areWhole ? (a, b) => Number(a) - Number(b) || compareCodeUnits(a, b) : compareCodeUnits,
  );
}
