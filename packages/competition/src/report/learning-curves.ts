import { readText } from '@podium/core';
import type { RunReport } from '@podium/pipeline';
import type { Curve } from '@podium/report';
import Papa from 'papaparse';
import { modelOf } from './training-images.ts';

/**
 * The learning curves of all trainings that keep a history.
 * @param metric its name; with several heads, the mean of their scores
 */
export async function learningCurves({ instances }: RunReport, metric: string): Promise<Curve[]> {
  const curves: Curve[] = [];
  for (const { name, outputs } of instances) {
    if (outputs?.history === undefined) continue;
    curves.push({
      name,
      model: modelOf(name),
      points: pointsOf(await readText(outputs.history), metric),
    });
  }
  return curves;
}

/** What the score of the curves is, where it is the mean of several heads. */
export function curveScore(title: string, { instances }: RunReport): string | undefined {
  const trained = new Set(
    instances
      .filter(({ outputs }) => outputs?.history !== undefined)
      .flatMap(({ parts }) => (parts.settings as { readonly heads?: readonly string[] }).heads ?? []),
  );
  return trained.size < 2 ? undefined : `${title}, mean of ${[...trained].join(', ')}`;
}

/** The points of a history, a CSV with a row per epoch and columns such as `loss`, `f1-macro`, or `age/f1-macro`. */
export function pointsOf(history: string, metric: string): Curve['points'] {
  const { data, meta } = Papa.parse<Record<string, string>>(history, { header: true, skipEmptyLines: true });
  const columns = (meta.fields ?? []).filter((name) => name === metric || name.endsWith(`/${metric}`));
  return data.map((row) => {
    const scores = columns.map((column) => number(row[column]));
    return {
      epoch: Number(row.epoch),
      trainLoss: number(row.train_loss),
      valLoss: number(row.loss),
      metric: meanOf(scores),
      learningRate: number(row.learning_rate),
    };
  });
}

function number(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

function meanOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length || known.length === 0
    ? undefined
    : known.reduce((sum, value) => sum + value, 0) / known.length;
}
