import { writeFileAtomic } from '@podium/core';
import type { Callback, HistoryRow } from '../loop/index.ts';

/**
 * Keeps the history as a CSV file: a line for each row, written anew after each, whole or not at all. A resumed run goes on
 * with the lines of before. Epochs are counted from 1 there.
 */
export function csvLog(path: string): Callback {
  return {
    name: 'csv-log',
    on: {
      'epoch-end': async (_, { history }) => {
        await writeFileAtomic(path, historyCsv(history));
        return undefined;
      },
    },
  };
}

/** A history as CSV, RFC 4180 with line feeds: `epoch,step,learning_rate,train_loss`, then metrics by name. */
export function historyCsv(history: readonly HistoryRow[]): string {
  const names = [...new Set(history.flatMap(({ metrics }) => Object.keys(metrics)))];
  const header = ['epoch', 'step', 'learning_rate', 'train_loss', ...names];
  const rows = history.map(({ epoch, step, learningRate, trainLoss, metrics }) => [
    epoch + 1,
    step,
    learningRate,
    trainLoss ?? '',
    ...names.map((name) => metrics[name] ?? ''),
  ]);
  return [header, ...rows].map((row) => `${row.map((cell) => quote(String(cell))).join(',')}\n`).join('');
}

function quote(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
