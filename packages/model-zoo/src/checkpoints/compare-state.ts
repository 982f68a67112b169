import { printable } from '@podium/core';
import type { StateDict } from '@podium/nn';
import { renderShape } from '@podium/nn/checkpoint-files';

/** A tensor that only the model or only the checkpoint has. */
export interface LoneTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A tensor that both have, in different shapes. */
export interface ShapeChange {
  readonly name: string;
  readonly wanted: readonly number[];
  /** Shape in the checkpoint. */
  readonly given: readonly number[];
}

/** How a checkpoint fits a model. Lists are sorted by name in code-unit order. */
export interface LoadReport {
  readonly matched: readonly string[];
  /** Only the model has them. */
  readonly missing: readonly LoneTensor[];
  /** Only the checkpoint has them. */
  readonly unexpected: readonly LoneTensor[];
  /** Both have them, in shapes that do not fit. */
  readonly mismatched: readonly ShapeChange[];
  /** They were resized to fit (position embeddings, the first convolution). */
  readonly resized: readonly ShapeChange[];
}

/**
 * Compares the tensors of a model with those of a checkpoint.
 *
 * @param originals shapes in the file of the tensors of `given` that were resized before
 */
export function compareState(
  wanted: ReadonlyMap<string, readonly number[]>,
  given: StateDict,
  originals: ReadonlyMap<string, readonly number[]> = new Map(),
): LoadReport {
  const matched: string[] = [];
  const missing: LoneTensor[] = [];
  const mismatched: ShapeChange[] = [];
  const resized: ShapeChange[] = [];
  for (const name of [...wanted.keys()].sort()) {
    const shape = wanted.get(name) ?? [];
    const tensor = given.get(name);
    const original = originals.get(name);
    if (tensor === undefined) missing.push({ name, shape });
    else if (!sameShape(shape, tensor.shape)) mismatched.push({ name, wanted: shape, given: tensor.shape });
    else if (original !== undefined) resized.push({ name, wanted: shape, given: original });
    else matched.push(name);
  }
  const unexpected = [...given]
    .filter(([name]) => !wanted.has(name))
    .map(([name, { shape }]) => ({ name, shape }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { matched, missing, unexpected, mismatched, resized };
}

/** Longest list that is printed in full; a longer one is grouped, and the groups beyond as many are only counted. */
const MAX_LINES = 12;

/**
 * Renders a report: a line of counts, then a list per kind that is not empty. Long lists are grouped by the first parts of the
 * names.
 *
 *     318 of 320 tensors matched, 2 missing, 2 unexpected
 *     missing (left as initialized):
 *       fc.bias (18,)
 */
export function renderLoadReport(report: LoadReport): string {
  const { matched, missing, unexpected, mismatched, resized } = report;
  const total = matched.length + missing.length + mismatched.length + resized.length;
  const counts = [
    `${matched.length + resized.length} of ${total} tensors matched`,
    ...(resized.length > 0 ? [`${resized.length} of them resized`] : []),
    ...(missing.length > 0 ? [`${missing.length} missing`] : []),
    ...(mismatched.length > 0 ? [`${mismatched.length} of another shape`] : []),
    ...(unexpected.length > 0 ? [`${unexpected.length} unexpected`] : []),
  ];
  const lone = ({ name, shape }: LoneTensor) => ({ name, text: printable(`${name} ${renderShape(shape)}`) });
  const change = ({ name, wanted, given }: ShapeChange) => ({
    name,
    text: printable(`${name} model ${renderShape(wanted)}, checkpoint ${renderShape(given)}`),
  });
  return [
    counts.join(', '),
    ...section('missing (the checkpoint lacks them):', missing.map(lone)),
    ...section('of another shape:', mismatched.map(change)),
    ...section('unexpected (the model has no such names):', unexpected.map(lone)),
    ...section('resized:', resized.map(change)),
  ].join('\n');
}

interface Line {
  readonly name: string;
  readonly text: string;
}

function section(title: string, lines: readonly Line[]): string[] {
  if (lines.length === 0) return [];
  if (lines.length <= MAX_LINES) return [title, ...lines.map(({ text }) => `  ${text}`)];
  const groups = groupByPrefix(lines.map(({ name }) => name));
  const shown = groups
    .slice(0, MAX_LINES)
    .map(({ name, count }) => `  ${name}${count === 1 ? '' : ` (${count})`}`);
  const rest = groups.slice(MAX_LINES).reduce((sum, { count }) => sum + count, 0);
  return [title, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

/** Groups sorted names by as many leading parts as give a short list: `layer1.0.*` rather than `layer1.*`. */
function groupByPrefix(names: readonly string[]): { name: string; count: number }[] {
  const depth = [3, 2].find((parts) => countGroups(names, parts).size <= MAX_LINES) ?? 1;
  return [...countGroups(names, depth)].map(([name, count]) => ({ name, count }));
}

function countGroups(names: readonly string[], depth: number): Map<string, number> {
  const groups = new Map<string, number>();
  for (const name of names) {
    const parts = name.split('.');
    const group = parts.length > depth ? `${parts.slice(0, depth).join('.')}.*` : name;
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  return groups;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}
