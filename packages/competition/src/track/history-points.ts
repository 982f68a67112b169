import { formulaRead } from '@podium/core';
import type { ProgressPoint } from '@podium/pipeline';
import type { HistoryRow } from '@podium/training';
import Papa from 'papaparse';

/** The tag that every row of a history has, and no other point: its epoch, counted from 1. */
const EPOCH = 'epoch/number';

/** A row of a training's history, as trackers show it. */
export function rowPoint({ epoch, step, learningRate, trainLoss, metrics }: HistoryRow): ProgressPoint {
  return {
    step,
    values: {
      [EPOCH]: epoch + 1,
      'epoch/learning_rate': learningRate,
      ...(trainLoss !== undefined && { 'epoch/train_loss': trainLoss }),
      ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`validation/${name}`, value])),
    },
  };
}

export function isRow({ values }: ProgressPoint): boolean {
  return Object.hasOwn(values, EPOCH);
}

const TAGS: ReadonlyMap<string, string> = new Map([
  ['epoch', EPOCH],
  ['learning_rate', 'epoch/learning_rate'],
  ['train_loss', 'epoch/train_loss'],
]);

/** The same points from a `history.csv`, whose numbers have all their digits. */
export function pointsOfHistory(csv: string): ProgressPoint[] {
  const { data, meta } = Papa.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true });
  const columns = (meta.fields ?? []).filter((name) => name !== 'step');
  return data.map((row) => ({
    step: Number(row.step),
    values: Object.fromEntries(
      columns
        .filter((name) => (row[name] ?? '') !== '')
        .map((name) => [TAGS.get(name) ?? `validation/${formulaRead(name)}`, Number(row[name])]),
    ),
  }));
}
