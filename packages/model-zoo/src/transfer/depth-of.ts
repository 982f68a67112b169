import type { ImageModel } from '../image-model.ts';

/** How deep the parameters of a model lie, counted from the image. */
export interface Depths {
  /** Depth of the parameter at a path: 0 for the stem, then each block, {@link head} for what comes after. */
  of(path: string): number;
  /** Depth of the head. */
  readonly head: number;
}

/** Depths by the model's own groups (timm's `group_matcher`): for learning rates that fall toward the image. */
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
    if (before !== undefined) return order.findLastIndex((each) => each.startsWith(`${before}.`)) + 1;
    return last?.test(path) === true ? head - 1 : head;
  };
  return { of, head };
}

/** The numbers that say which block a path belongs to; one that is missing is 0: what leads into a stage. */
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
