import { fail, type ScoredRows } from '../scored-rows.ts';

/** What is drawn as a whole: a group of rows (a person's photographs), or a row where there are no groups. */
export interface Units {
  readonly count: number;
  /** `[N]`: the unit of each row. */
  readonly ofRow: Uint32Array;
  /** Units that replace each other, as lists of unit numbers; one list without stratification. */
  readonly strata: readonly Uint32Array[];
}

/** Draw within strata, so that every resample has as many units of each: those of the true class, or one name a row. */
export type Stratify = boolean | readonly string[];

/**
 * The units of these rows. They are numbered by name (group, else id), not by place, so that the same draws hit the
 * same rows in whatever order those come.
 */
export function unitsOf(rows: ScoredRows, stratify: Stratify): Units {
  const names = rows.groups ?? rows.ids ?? Array.from({ length: rows.length }, (_, row) => String(row));
  // Without groups or ids, places are names already in order.
  const sorted = rows.groups || rows.ids ? [...new Set(names)].sort(byCodeUnits) : names;
  const numbers = new Map(sorted.map((name, number) => [name, number]));
  const ofRow = Uint32Array.from(names, (name) => numbers.get(name)!);
  if (sorted.length < 2) {
    fail({
      code: 'metric-interval',
      message: `an interval needs at least two independent ${rows.groups ? 'groups' : 'rows'}, there is one`,
      fix: 'score more of them; with so little data no honest interval can be given',
    });
  }
  const strata =
    stratify === false ? [Uint32Array.from(sorted.keys())] : strataOf(rows, ofRow, sorted.length, stratify);
  return { count: sorted.length, ofRow, strata };
}

function strataOf(
  rows: ScoredRows,
  ofRow: Uint32Array,
  count: number,
  stratify: true | readonly string[],
): Uint32Array[] {
  const labels = stratify === true ? trueClasses(rows) : stratify;
  if (labels.length !== rows.length) {
    fail({
      code: 'metric-interval',
      path: { key: 'stratify' },
      expected: `one name a row, ${rows.length}`,
      got: String(labels.length),
    });
  }
  const seen = Array.from({ length: count }, () => new Map<string, number>());
  ofRow.forEach((unit, row) => {
    const label = labels[row]!;
    const counts = seen[unit]!;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  });
  const strata = new Map<string, number[]>();
  seen.forEach((counts, unit) => {
    const label = mostFrequent(counts);
    strata.set(label, [...(strata.get(label) ?? []), unit]);
  });
  return [...strata].sort(([a], [b]) => byCodeUnits(a, b)).map(([, units]) => Uint32Array.from(units));
}

function trueClasses(rows: ScoredRows): string[] {
  if (rows.task === 'single-label') return Array.from(rows.truth, String);
  return fail({
    code: 'metric-interval',
    path: { key: 'stratify' },
    expected: 'one name a row for multi-label rows, which have no one class',
    got: 'true',
  });
}

/** The stratum of a group is what most of its rows are; of equals, the first by name. */
function mostFrequent(counts: ReadonlyMap<string, number>): string {
  const [best] = [...counts].sort(([a, m], [b, n]) => n - m || byCodeUnits(a, b));
  return best?.[0] ?? '';
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
