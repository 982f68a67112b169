import type { StateDict } from '@podium/nn';
import { renderShape } from '@podium/nn/checkpoint-files';

/** A tensor that is on one side only. */
export interface LoneTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A tensor that both sides have. */
export interface ShapeChange {
  readonly name: string;
  readonly wanted: readonly number[];
  /** What the checkpoint had. */
  readonly given: readonly number[];
}

/** How a checkpoint fits a model; every list by name in code-unit order. */
export interface LoadReport {
  readonly matched: readonly string[];
  /** The model has them, the checkpoint does not. */
  readonly missing: readonly LoneTensor[];
  /** The checkpoint has them, the model does not. */
  readonly unexpected: readonly LoneTensor[];
  /** Both have them, in shapes that do not fit. */
  readonly mismatched: readonly ShapeChange[];
  /** They fit after they were brought to the model's shape (position embeddings, the first convolution). */
  readonly resized: readonly ShapeChange[];
}

/**
 * Compares what a model wants with what a checkpoint gives. `originals` names the tensors of `given` that were resized
 * before, with the shapes they had in the file.
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

/** Lines of a list before it is grouped, and groups before the rest is counted. */
const MAX_LINES = 12;

/**
 * The report as text for people: a line of counts, then a list for each kind that is not empty; long lists are grouped
 * by the first parts of their names.
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
  const lone = ({ name, shape }: LoneTensor) => ({ name, text: `${name} ${renderShape(shape)}` });
  const change = ({ name, wanted, given }: ShapeChange) => ({
    name,
    text: `${name} model ${renderShape(wanted)}, checkpoint ${renderShape(given)}`,
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

/** Groups sorted names by as many leading parts as still give a short list: `layer1.0.*` rather than `layer1.*`. */
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
