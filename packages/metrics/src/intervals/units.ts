import { compareCodeUnits, fail } from '@podium/core';
import type { ScoredRows } from '../scored-rows.ts';

/** What is resampled as a whole: groups of rows (all images of a person), or single rows without groups. */
export interface Units {
  readonly count: number;
  /** `[N]`: the unit of each row. */
  readonly ofRow: Uint32Array;
  /** Lists of units that can replace one another; one list without stratification. */
  readonly strata: readonly Uint32Array[];
}

/** Resample within strata, which keeps the number of units of each: by true class, or by one name per row. */
export type Stratify = boolean | readonly string[];

/**
 * The units of these rows, numbered by name (group, else id) and not by position, so that the result does not depend on
 * the order of rows.
 */
export function unitsOf(rows: ScoredRows, stratify: Stratify): Units {
  const names = rows.groups ?? rows.ids ?? Array.from({ length: rows.length }, (_, row) => String(row));
  // Without groups or ids the names are positions, which are already in order.
  const sorted = rows.groups || rows.ids ? [...new Set(names)].sort(compareCodeUnits) : names;
  const numbers = new Map(sorted.map((name, number) => [name, number]));
  const ofRow = Uint32Array.from(names, (name) => numbers.get(name)!);
  if (sorted.length < 2) {
    fail({
      code: 'metric-interval',
      message: `an interval needs at least two independent ${rows.groups ? 'groups' : 'rows'}, got one`,
      fix: 'score more of them',
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
      expected: `one name per row, ${rows.length}`,
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
  return [...strata].sort(([a], [b]) => compareCodeUnits(a, b)).map(([, units]) => Uint32Array.from(units));
}

function trueClasses(rows: ScoredRows): string[] {
  if (rows.task === 'single-label') return Array.from(rows.truth, String);
  return fail({
    code: 'metric-interval',
    path: { key: 'stratify' },
    expected: `one name per row for ${rows.task} rows, which have no single class`,
    got: 'true',
  });
}

/** A group belongs to the stratum of most of its rows; of equals, the first by name. */
function mostFrequent(counts: ReadonlyMap<string, number>): string {
  const [best] = [...counts].sort(([a, m], [b, n]) => n - m || compareCodeUnits(a, b));
  return best?.[0] ?? '';
}
