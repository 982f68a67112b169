import { withoutFormula } from '@podium/core';
import type { HistoryRow } from './history-row.ts';

/**
 * Formats a history as CSV (RFC 4180 with line feeds): `epoch,step,learning_rate,train_loss`, then the metrics by name.
 * Epochs count from 1. Names of metrics that a spreadsheet would run as formulas begin with an apostrophe.
 */
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

function quote(text: string): string {
  const cell = withoutFormula(text);
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
