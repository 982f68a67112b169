import { metaTensor, multiplyAdds, onMeta } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyModule, listenToCalls } from './module.ts';
import { Parameter } from './parameter.ts';

/** One call of one module. */
export interface SummaryRow {
  /** Path of the module; empty for the root. */
  readonly path: string;
  readonly type: string;
  readonly depth: number;
  /** Undefined if the output is not a single tensor. */
  readonly outputShape: readonly number[] | undefined;
  /** Parameters in this module and below. */
  readonly parameters: number;
  readonly trainable: number;
  /** Multiply-adds of convolutions and matrix products in this call and below, for the whole batch. */
  readonly multiplyAdds: number;
  /** Bytes of the output in float32. */
  readonly activationBytes: number;
}

export interface Summary {
  readonly rows: readonly SummaryRow[];
  readonly parameters: number;
  readonly trainable: number;
  readonly multiplyAdds: number;
  /** Outputs of all modules without children, in float32: roughly what the backward pass holds. */
  readonly activationBytes: number;
  /** The table, like torchinfo's, down to `depth` levels (default 3). */
  toString(depth?: number): string;
}

/**
 * Shapes, parameters, multiply-adds and activation bytes of each module of a network, for an input of this shape. Nothing is
 * computed, and weights that do not exist yet take no memory.
 *
 * @param inputShape of the module's first input: `[B,H,W,C]`
 *
 * @example
 * console.log(String(summary(model, [1, 224, 224, 3])));
 */
export function summary(module: AnyModule, inputShape: readonly number[]): Summary {
  const paths = new Map(Array.from(module.namedModules(), ([path, child]) => [child, path]));
  interface Draft extends Omit<SummaryRow, 'outputShape' | 'multiplyAdds' | 'activationBytes'> {
    outputShape: readonly number[] | undefined;
    multiplyAdds: number;
    activationBytes: number;
  }
  const counts = countAll(module);
  const rows: Draft[] = [];
  const open: Draft[] = [];
  const listener = {
    enter: (called: AnyModule) => {
      const { parameters, trainable } = counts.get(called) ?? countParameters(called);
      const row: Draft = {
        path: paths.get(called) ?? '?',
        type: called.constructor.name,
        depth: open.length,
        parameters,
        trainable,
        outputShape: undefined,
        // The count at the start; the difference is taken when the call returns.
        multiplyAdds: multiplyAdds(),
        activationBytes: 0,
      };
      rows.push(row);
      open.push(row);
    },
    leave: (_called: AnyModule, output: unknown) => {
      const row = open.pop()!;
      row.multiplyAdds = multiplyAdds() - row.multiplyAdds;
      if (!(output instanceof tf.Tensor)) return;
      row.outputShape = output.shape;
      row.activationBytes = output.size * 4;
    },
  };
  const modes = module.modules().map((child) => [child, child.training] as const);
  module.eval();
  try {
    onMeta(() => {
      const call = module.call as (x: tf.Tensor) => unknown;
      listenToCalls(listener, () => tf.tidy(() => void call.call(module, metaTensor(inputShape))));
    });
  } finally {
    for (const [child, training] of modes) child.training = training;
  }
  const leaves = rows.filter((row, i) => (rows[i + 1]?.depth ?? 0) <= row.depth);
  const totals = {
    ...counts.get(module)!,
    multiplyAdds: rows[0]?.multiplyAdds ?? 0,
    activationBytes: leaves.reduce((sum, row) => sum + row.activationBytes, 0),
  };
  return { rows, ...totals, toString: (depth = 3) => render(rows, totals, depth) };
}

interface ParameterCount {
  readonly parameters: number;
  readonly trainable: number;
}

/** Number of parameters of a module and below: all, and those with `requiresGrad`. */
export function countParameters(module: AnyModule): ParameterCount {
  return count(module.parameters());
}

/** The counts of a module and of all below it, reading each once: asking each for its own would read the deepest most often. */
function countAll(root: AnyModule): ReadonlyMap<AnyModule, ParameterCount> {
  const counts = new Map<AnyModule, ParameterCount>();
  const collect = (module: AnyModule): Set<Parameter> => {
    const found = new Set<Parameter>();
    for (const value of Object.values(module)) if (value instanceof Parameter) found.add(value);
    for (const [, child] of module.namedChildren()) {
      for (const parameter of collect(child)) found.add(parameter);
    }
    counts.set(module, count(found));
    return found;
  };
  collect(root);
  return counts;
}

function count(found: Iterable<Parameter>): ParameterCount {
  let parameters = 0;
  let trainable = 0;
  for (const { size, requiresGrad } of found) {
    parameters += size;
    if (requiresGrad) trainable += size;
  }
  return { parameters, trainable };
}

function render(
  rows: readonly SummaryRow[],
  totals: Omit<Summary, 'rows' | 'toString'>,
  maxDepth: number,
): string {
  const header = ['Module', 'Output', 'Parameters', 'Trainable', 'Mult-adds'];
  const table = rows
    .filter(({ depth }) => depth <= maxDepth)
    .map((row) => {
      const name = row.path.split('.').pop() ?? '';
      return [
        `${'  '.repeat(row.depth)}${row.type}${name === '' ? '' : ` (${name})`}`,
        row.outputShape === undefined ? '-' : `[${row.outputShape.join(', ')}]`,
        row.parameters === 0 ? '-' : thousands(row.parameters),
        row.parameters === 0 ? '-' : row.trainable === 0 ? 'frozen' : thousands(row.trainable),
        row.multiplyAdds === 0 ? '-' : short(row.multiplyAdds),
      ];
    });
  const widths = header.map((title, i) =>
    Math.max(...[header, ...table].map((line) => (line[i] ?? title).length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [
    line(header),
    rule,
    ...table.map(line),
    rule,
    `Parameters:  ${thousands(totals.parameters)} (${thousands(totals.trainable)} trainable), ${short(totals.parameters * 4)}B in float32`,
    `Mult-adds:   ${short(totals.multiplyAdds)}`,
    `Activations: ${short(totals.activationBytes)}B in float32`,
  ].join('\n');
}

function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function short(value: number): string {
  for (const [unit, size] of [
    ['T', 1e12],
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size) return `${(value / size).toPrecision(3)} ${unit}`;
  }
  return `${value} `;
}
