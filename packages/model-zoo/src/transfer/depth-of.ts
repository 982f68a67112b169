import type { ImageModel } from '../image-model.ts';

/** Depth of a model's parameters, counted from the image. */
export interface Depths {
  /** Depth of the parameter at a path: 0 for the stem, then by block, and {@link head} for all after the blocks. */
  of(path: string): number;
  /** Depth of the head. */
  readonly head: number;
}

/** Depths by the model's groups (timm's `group_matcher`), for learning rates that decrease toward the image. */
export function depthOf(model: ImageModel): Depths {
  const { stem, blocks, between, last } = model.depthGroups;
  const paths = model
    .namedParameters()
    .map(([path]) => path)
    .filter((path) => !stem.test(path));
  const order = [
    ...new Set(paths.map((path) => blockOf(path, blocks)).filter((block) => block !== undefined)),
  ].sort(byNumbers);
  const indices = new Map(order.map((block, i) => [block, i + 1]));
  const head = order.length + 1;
  const of = (path: string): number => {
    if (stem.test(path)) return 0;
    const block = blockOf(path, blocks);
    if (block !== undefined) return indices.get(block) ?? head;
    const before = between?.exec(path)?.[1];
    if (before !== undefined) return order.findLastIndex((name) => name.startsWith(`${before}.`)) + 1;
    return last?.test(path) === true ? head - 1 : head;
  };
  return { of, head };
}

/** The numbers of the block that a path belongs to. A missing number, as for the layer that leads into a stage, is 0. */
function blockOf(path: string, blocks: RegExp): string | undefined {
  const match = blocks.exec(path);
  return match
    ?.slice(1)
    .map((number) => number ?? '0')
    .join('.');
}

function byNumbers(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? -1) - (right[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
