import { compareCodeUnits } from '@podium/core';
import type { ScoredRows } from '@podium/metrics';
import type { NumberResults } from '@podium/report';

/** A chart with more dots is no clearer, and its page slower. */
const MAX_POINTS = 1500;
const MISTAKES_SHOWN = 24;
/** A group with fewer images says little about its bias. */
const MIN_GROUP = 2;

/** What a head of numbers predicts out of fold: errors by column and by group, and the largest mistakes. */
export function numberResults(rows: ScoredRows): NumberResults {
  const { numbers, classes, length, groups, ids, folds } = rows;
  const width = classes.length;
  const truthOf = (row: number, k: number) => numbers.truth[row * width + k]!;
  const predictedOf = (row: number, k: number) => numbers.predicted[row * width + k]!;
  const all = Array.from({ length }, (_, row) => row);
  const step = Math.ceil(length / MAX_POINTS);
  const errorsOf = (some: readonly number[], k: number) => {
    const residuals = some.map((row) => predictedOf(row, k) - truthOf(row, k));
    const meanOf = (take: (residual: number) => number) =>
      residuals.reduce((sum, residual) => sum + take(residual), 0) / Math.max(1, residuals.length);
    return {
      images: some.length,
      bias: meanOf((residual) => residual),
      mae: meanOf(Math.abs),
      rmse: Math.sqrt(meanOf((residual) => residual ** 2)),
    };
  };
  const spreads = classes.map((_, k) => {
    const mean = all.reduce((sum, row) => sum + truthOf(row, k), 0) / Math.max(1, length);
    return Math.sqrt(all.reduce((sum, row) => sum + (truthOf(row, k) - mean) ** 2, 0) / Math.max(1, length));
  });
  const columns = classes.map((name, k) => {
    const errors = errorsOf(all, k);
    return {
      name,
      ...errors,
      ...(spreads[k]! > 0 && { r2: 1 - (errors.rmse / spreads[k]!) ** 2 }),
      points: all
        .filter((row) => row % step === 0)
        .map((row) => ({ truth: truthOf(row, k), predicted: predictedOf(row, k) })),
    };
  });
  const byGroup = new Map<string, number[]>();
  for (const row of groups === undefined ? [] : all) {
    const group = groups![row]!;
    byGroup.set(group, [...(byGroup.get(group) ?? []), row]);
  }
  const scale = (k: number) => spreads[k] || 1;
  const biased = [...byGroup]
    .filter(([, members]) => members.length >= MIN_GROUP)
    .flatMap(([group, members]) =>
      classes.map((column, k) => {
        const { images, bias, mae } = errorsOf(members, k);
        return { group, column, images, bias, mae, k };
      }),
    )
    .sort(
      (a, b) =>
        Math.abs(b.bias) / scale(b.k) - Math.abs(a.bias) / scale(a.k) || compareCodeUnits(a.group, b.group),
    );
  const distance = ({ row, k }: { readonly row: number; readonly k: number }) =>
    Math.abs(predictedOf(row, k) - truthOf(row, k)) / scale(k);
  const mistakes = all
    .flatMap((row) => classes.map((_, k) => ({ row, k })))
    .sort((a, b) => distance(b) - distance(a) || a.row - b.row)
    .slice(0, MISTAKES_SHOWN)
    .map(({ row, k }) => ({
      id: ids?.[row] ?? String(row),
      column: classes[k]!,
      truth: truthOf(row, k),
      predicted: predictedOf(row, k),
      ...(folds !== undefined && { fold: folds[row]! }),
    }));
  return { columns, groups: biased.map(({ k: _, ...own }) => own), mistakes };
}
