import { PodiumError } from '@podium/core';
import { labelOf, softLabelOf } from '../manifest/row-labels.ts';
import type { Head, Label, ManifestRow } from '../manifest/types.ts';

/** Targets of one head, computed once from the manifest. */
export interface HeadTargets {
  readonly name: string;
  /** `[B]` class indices, or `[B,K]` probabilities or numbers, for these rows. */
  take(rows: Uint32Array): Int32Array | Float32Array;
}

/**
 * Class indices for a single-label head; probabilities for a multi-label head, or if any row has soft labels; numbers for
 * regression, NaN for a row without them.
 * @throws PodiumError `label-unknown` for a label that is not one of the head's classes, `label-malformed` for several labels
 * of a single-label head and soft labels of the wrong length
 */
export function headTargets(head: Head, rows: readonly ManifestRow[]): HeadTargets {
  if (head.task === 'regression') return numberTargets(head, rows);
  const classIndex = new Map(head.classes.map((name, i) => [name, i]));
  const soft = head.task === 'multi-label' || rows.some((row) => softLabelOf(row, head.name) !== undefined);
  const width = soft ? head.classes.length : 1;
  const values = soft ? new Float32Array(rows.length * width) : new Int32Array(rows.length).fill(-1);
  for (const [i, row] of rows.entries()) {
    const probabilities = softLabelOf(row, head.name);
    if (probabilities !== undefined) {
      if (probabilities.length !== width) {
        throw malformed(row, head, `${width} probabilities`, `${probabilities.length}`);
      }
      values.set(probabilities, i * width);
      continue;
    }
    const label = labelOf(row, head.name);
    if (label === undefined) continue;
    const names = classNames(label, row, head);
    if (head.task === 'single-label' && names.length !== 1) {
      throw malformed(row, head, 'one class', JSON.stringify(names));
    }
    for (const name of names) {
      const at = classIndex.get(name);
      if (at === undefined) throw unknown(row, head, name);
      if (soft) values[i * width + at] = 1;
      else values[i] = at;
    }
  }
  return {
    name: head.name,
    take: (indices) => {
      const out = soft ? new Float32Array(indices.length * width) : new Int32Array(indices.length);
      for (const [i, row] of indices.entries()) {
        for (let c = 0; c < width; c++) out[i * width + c] = values[row * width + c]!;
      }
      return out;
    },
  };
}

function numberTargets(head: Head, rows: readonly ManifestRow[]): HeadTargets {
  const width = head.classes.length;
  const values = new Float32Array(rows.length * width).fill(Number.NaN);
  for (const [i, row] of rows.entries()) {
    const label = labelOf(row, head.name);
    if (label === undefined) continue;
    const areNumbers = typeof label !== 'string' && label.every((value) => typeof value === 'number');
    if (!areNumbers || label.length !== width)
      throw malformed(row, head, `${width} numbers`, JSON.stringify(label));
    values.set(label, i * width);
  }
  return {
    name: head.name,
    take: (indices) => {
      const out = new Float32Array(indices.length * width);
      for (const [i, row] of indices.entries()) {
        out.set(values.subarray(row * width, (row + 1) * width), i * width);
      }
      return out;
    },
  };
}

function classNames(label: Label, row: ManifestRow, head: Head): readonly string[] {
  if (typeof label === 'string') return [label];
  return label.map((name) => {
    if (typeof name === 'string') return name;
    throw malformed(row, head, 'classes', JSON.stringify(label));
  });
}

function unknown({ id }: ManifestRow, head: Head, name: string): PodiumError {
  return new PodiumError({
    code: 'label-unknown',
    path: { key: `row "${id}", head "${head.name}"` },
    expected: head.classes,
    got: `"${name}"`,
    fix: "correct the label, or add it to the head's classes",
  });
}

function malformed({ id }: ManifestRow, head: Head, expected: string, got: string): PodiumError {
  return new PodiumError({
    code: 'label-malformed',
    path: { key: `row "${id}", head "${head.name}"` },
    expected,
    got,
  });
}
