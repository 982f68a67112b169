/** Whole numbers by value, everything else by code units: `9` before `10`, the same in every locale. */
export function sortClasses(names: Iterable<string>): string[] {
  const classes = [...names];
  const areWhole = classes.every((name) => /^-?\d{1,15}$/.test(name));
  return classes.sort(areWhole ? (a, b) => Number(a) - Number(b) || byCodeUnits(a, b) : byCodeUnits);
}

/** A comparison of strings for `sort` that does not depend on the locale. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
