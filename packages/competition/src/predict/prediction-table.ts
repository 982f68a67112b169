import { separatorFor } from '../heads/submission-form.ts';
import type { PredictedImages } from './predict-images.ts';

/** A table for a CSV. */
export interface PredictionTable {
  readonly header: string[];
  readonly rows: string[][];
}

/**
 * One row per image: per head the most probable class with its probability, for several labels per image all that the run
 * decides for, or for numbers one column each.
 * @param predicted.probabilities adds a column per class
 */
export function predictionTable({
  predictions: heads,
  labels,
  probabilities = false,
}: Pick<PredictedImages, 'predictions' | 'labels'> & {
  readonly probabilities?: boolean | undefined;
}): PredictionTable {
  const header = ['id'];
  const columns: ((row: number) => readonly string[])[] = [];
  for (const [name, { classes, task, values }] of heads) {
    const width = classes.length;
    const rowOf = (row: number) => values.subarray(row * width, (row + 1) * width);
    const column = name === 'id' ? 'label' : name;
    if (task === 'regression') {
      header.push(...classes.map((name) => (name === 'id' ? 'number' : name)));
      columns.push((row) => [...rowOf(row)].map(rounded));
      continue;
    }
    header.push(column);
    if (task === 'multi-label') {
      const separator = separatorFor(classes) ?? ' ';
      columns.push((row) => [labels.get(name)![row]!.join(separator)]);
    } else {
      header.push(`${column} probability`);
      columns.push((row) => {
        const scores = rowOf(row);
        const best = scores.indexOf(Math.max(...scores));
        return [classes[best]!, rounded(scores[best]!)];
      });
    }
    if (!probabilities) continue;
    header.push(...classes.map((label) => `${column}: ${label}`));
    columns.push((row) => [...rowOf(row)].map(rounded));
  }
  const [first] = heads.values();
  const rows = (first?.ids ?? []).map((id, row) => [id, ...columns.flatMap((column) => column(row))]);
  return { header, rows };
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}
