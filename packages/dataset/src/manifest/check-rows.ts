import { PodiumError } from '@podium/core';
import type { Head, Label, ManifestRow } from './types.ts';

/** Soft labels may have float32 rounding errors. */
const SUM_TOLERANCE = 1e-4;

/**
 * Checks rows against the heads and each other.
 * @throws PodiumError `manifest-malformed` for the first problem, naming the row (one-based) and its id: empty or duplicate
 * ids, unknown classes, soft labels of the wrong length or sum, weights and folds out of range, paths out of the root
 */
export function checkRows(rows: readonly ManifestRow[], heads: readonly Head[], file?: string): void {
  checkHeads(heads, file);
  const byName = new Map(heads.map((head) => [head.name, { head, classes: new Set(head.classes) }]));
  const seen = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    const fault = rowFault(row, byName) ?? idFault(row.id, index, seen);
    if (fault === undefined) continue;
    throw new PodiumError({
      code: 'manifest-malformed',
      message: `row ${index + 1} (${JSON.stringify(row.id)})`,
      ...(file !== undefined && { path: { file } }),
      ...fault,
    });
  }
}

interface Fault {
  readonly expected: string | readonly string[];
  readonly got: string;
}

function checkHeads(heads: readonly Head[], file: string | undefined): void {
  for (const [index, { name, classes }] of heads.entries()) {
    const repeated = heads.findIndex((other) => other.name === name) !== index;
    if (
      !repeated &&
      name !== '' &&
      name !== '__proto__' &&
      classes.length > 0 &&
      new Set(classes).size === classes.length
    )
      continue;
    throw new PodiumError({
      code: 'manifest-malformed',
      message: `head ${index + 1} (${JSON.stringify(name)})`,
      ...(file !== undefined && { path: { file } }),
      expected: 'a unique name and at least one class, all different',
      got: repeated ? 'the name of another head' : `${classes.length} classes`,
    });
  }
}

function idFault(id: string, index: number, seen: Map<string, number>): Fault | undefined {
  const before = seen.get(id);
  seen.set(id, index);
  if (id === '') return { expected: 'an id', got: 'an empty id' };
  return before === undefined ? undefined : { expected: 'a unique id', got: `the id of row ${before + 1}` };
}

function rowFault(
  row: ManifestRow,
  heads: ReadonlyMap<string, { readonly head: Head; readonly classes: ReadonlySet<string> }>,
): Fault | undefined {
  for (const [name, label] of Object.entries(row.labels)) {
    const known = heads.get(name);
    if (known === undefined) return { expected: [...heads.keys()], got: JSON.stringify(name) };
    if (known.head.task === 'regression') {
      const fault = numbersFault(label, known.head);
      if (fault !== undefined) return fault;
      continue;
    }
    const many = typeof label !== 'string';
    if (many && label.some((value) => typeof value === 'number'))
      return { expected: `classes of "${name}"`, got: JSON.stringify(label) };
    if (many !== (known.head.task === 'multi-label')) {
      return {
        expected: many ? `one class of "${name}"` : `a list of classes of "${name}"`,
        got: JSON.stringify(label),
      };
    }
    const unknown = (many ? (label as readonly string[]) : [label]).find(
      (value) => !known.classes.has(value),
    );
    if (unknown !== undefined) return { expected: known.head.classes, got: JSON.stringify(unknown) };
  }
  for (const [name, soft] of Object.entries(row.softLabels ?? {})) {
    const known = heads.get(name);
    if (known === undefined) return { expected: [...heads.keys()], got: JSON.stringify(name) };
    const fault = softFault(soft, known.head);
    if (fault !== undefined) return fault;
  }
  if (!(row.weight > 0 && Number.isFinite(row.weight))) {
    return { expected: 'a weight above 0', got: String(row.weight) };
  }
  if (row.fold !== undefined && !(Number.isInteger(row.fold) && row.fold >= 0)) {
    return { expected: 'a fold: 0, 1, 2, ...', got: String(row.fold) };
  }
  const { path } = row.image;
  if (path === '' || /^([a-z]:|\/)|\\|\0|(^|\/)\.\.(\/|$)/i.test(path)) {
    return { expected: 'a path inside the root, with "/" between folders', got: JSON.stringify(path) };
  }
  if (row.provenance.kind === 'pseudo') {
    const { confidence, round } = row.provenance;
    if (!(confidence >= 0 && confidence <= 1))
      return { expected: 'a confidence from 0 to 1', got: String(confidence) };
    if (!(Number.isInteger(round) && round >= 0))
      return { expected: 'a round: 0, 1, 2, ...', got: String(round) };
    // A fold's score is only as good as the labels it is measured on.
    if (row.fold !== undefined)
      return { expected: 'no fold: pseudo labels are never used for validation', got: `fold ${row.fold}` };
  }
  return undefined;
}

function numbersFault(label: Label, { name, classes, min, max }: Head): Fault | undefined {
  const numbers = typeof label === 'string' ? [] : label;
  const areFinite = numbers.every((value) => Number.isFinite(value));
  if (!areFinite || numbers.length !== classes.length)
    return { expected: `${classes.length} finite numbers for "${name}"`, got: JSON.stringify(label) };
  const outside = (numbers as readonly number[]).find(
    (value) => value < (min ?? value) || value > (max ?? value),
  );
  return outside === undefined
    ? undefined
    : { expected: `numbers from ${min ?? '-∞'} to ${max ?? '∞'} for "${name}"`, got: String(outside) };
}

function softFault(soft: readonly number[], head: Head): Fault | undefined {
  if (head.task === 'regression')
    return { expected: `numbers of "${head.name}" in labels`, got: 'soft labels' };
  if (soft.length !== head.classes.length) {
    return { expected: `${head.classes.length} probabilities for "${head.name}"`, got: String(soft.length) };
  }
  const invalid = soft.find((value) => !(value >= 0 && value <= 1));
  if (invalid !== undefined) return { expected: 'probabilities from 0 to 1', got: String(invalid) };
  const sum = soft.reduce((total, value) => total + value, 0);
  if (head.task === 'single-label' && Math.abs(sum - 1) > SUM_TOLERANCE) {
    return { expected: `probabilities for "${head.name}" that sum to 1`, got: `a sum of ${sum}` };
  }
  return undefined;
}
