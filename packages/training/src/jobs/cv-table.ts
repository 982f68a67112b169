import type { FoldRun } from './cross-validate.ts';

/** Mean, spread and interval of scores: `crossValidation` of `@podium/metrics`, say. */
export type Summarize = (scores: readonly number[]) => {
  readonly mean: number;
  /** Standard deviation from fold to fold. */
  readonly spread: number;
  readonly interval: readonly [low: number, high: number];
};

/** One setting's scores. */
export interface CvRow {
  readonly name: string;
  /** Of each fold, its seeds averaged, by fold. */
  readonly byFold: ReadonlyMap<number, number>;
  readonly mean: number;
  readonly spread: number;
  readonly interval: readonly [low: number, high: number];
  /** Against the first row, over the folds that both have. */
  readonly difference?: {
    readonly mean: number;
    readonly interval: readonly [low: number, high: number];
    /** The interval holds 0: the folds do not tell the two apart. */
    readonly withinNoise: boolean;
  };
}

/**
 * A table of what cross-validation says of one metric for several settings, the first of which is what the others are
 * compared with. Differences are taken fold by fold, since a hard fold is hard for all.
 */
export function cvTable(
  entries: readonly { readonly name: string; readonly runs: readonly FoldRun[] }[],
  metric: string,
  summarize: Summarize,
): CvRow[] {
  const base = entries[0] === undefined ? new Map<number, number>() : meansByFold(entries[0].runs, metric);
  return entries.map(({ name, runs }, i) => {
    const byFold = meansByFold(runs, metric);
    const { mean, spread, interval } = summarize([...byFold.values()]);
    const row = { name, byFold, mean, spread, interval };
    const pairs = [...byFold].flatMap(([fold, score]) => {
      const other = base.get(fold);
      return other === undefined ? [] : [score - other];
    });
    if (i === 0 || pairs.length < 2) return row;
    const difference = summarize(pairs);
    const [low, high] = difference.interval;
    const withinNoise = low <= 0 && high >= 0;
    return { ...row, difference: { mean: difference.mean, interval: difference.interval, withinNoise } };
  });
}

/** The table as text, for people: `0.912 +- 0.010 [0.901, 0.923]`. */
export function formatCvTable(rows: readonly CvRow[], digits = 4): string {
  const number = (value: number) => value.toFixed(digits);
  const table = rows.map(({ name, mean, spread, interval, byFold, difference }) => [
    name,
    number(mean),
    `+- ${number(spread)}`,
    `[${interval.map(number).join(', ')}]`,
    `${byFold.size} folds`,
    difference === undefined
      ? ''
      : `${difference.mean < 0 ? '' : '+'}${number(difference.mean)} [${difference.interval.map(number).join(', ')}]${difference.withinNoise ? ' within noise' : ''}`,
  ]);
  const widths = (table[0] ?? []).map((_, k) => Math.max(...table.map((row) => row[k]!.length)));
  return table
    .map(
      (row) =>
        `${row
          .map((cell, k) => cell.padEnd(widths[k]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function meansByFold(runs: readonly FoldRun[], metric: string): Map<number, number> {
  const byFold = new Map<number, number[]>();
  for (const { fold, scores } of runs) {
    const score = scores?.[metric];
    if (score !== undefined) byFold.set(fold, [...(byFold.get(fold) ?? []), score]);
  }
  return new Map(
    [...byFold]
      .sort(([a], [b]) => a - b)
      .map(([fold, values]) => [fold, values.reduce((sum, value) => sum + value, 0) / values.length]),
  );
}
