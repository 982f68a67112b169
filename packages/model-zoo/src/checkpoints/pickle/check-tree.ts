import { unsafe } from '@podium/nn/checkpoint-files';
import { PickleGlobal, PickleObject, PickleTuple, type PickleValue } from './pickle-values.ts';

/** Deepest allowed nesting, so that code that walks the value may recurse. */
const MAX_LEVELS = 200;
/** Most values that a walk may visit if it visits shared values at each reference. */
const MAX_VISITS = 20_000_000;

interface Measure {
  readonly levels: number;
  readonly visits: number;
}

const ONE: Measure = { levels: 1, visits: 1 };

interface Frame {
  readonly value: object;
  readonly children: Iterator<PickleValue>;
  levels: number;
  visits: number;
}

/**
 * Checks that the result of a pickle is safe to walk: nothing contains itself, nothing nests deeper than 200 levels, and shared
 * values do not multiply beyond a limit (as in the "billion laughs"). Tensors, names and closed values are leaves.
 * @throws PodiumError `checkpoint-unsafe`
 */
export function checkTree(root: PickleValue): void {
  const measured = new Map<object, Measure>();
  const open = new Set<object>();
  const frames: Frame[] = [];
  const enter = (value: PickleValue): void => {
    const plain = typeof value !== 'object' || value === null || value instanceof Uint8Array || isLeaf(value);
    const known = plain ? ONE : measured.get(value);
    if (plain || known !== undefined) {
      add(known ?? ONE);
    } else {
      if (open.has(value)) unsafe('the pickle makes a value that contains itself');
      if (frames.length >= MAX_LEVELS) unsafe(`the pickle nests deeper than ${MAX_LEVELS} levels`);
      open.add(value);
      frames.push({ value, children: childrenOf(value)[Symbol.iterator](), levels: 0, visits: 1 });
    }
  };
  const add = ({ levels, visits }: Measure): void => {
    const frame = frames.at(-1);
    if (frame === undefined) return;
    frame.levels = Math.max(frame.levels, levels);
    frame.visits += visits;
    if (frame.visits > MAX_VISITS)
      unsafe('the pickle shares values in layers, which multiply beyond any limit');
    if (frames.length + frame.levels > MAX_LEVELS)
      unsafe(`the pickle nests deeper than ${MAX_LEVELS} levels`);
  };
  enter(root);
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const next = frame.children.next();
    if (!next.done) {
      enter(next.value);
      continue;
    }
    frames.pop();
    open.delete(frame.value);
    const measure = { levels: frame.levels + 1, visits: frame.visits };
    measured.set(frame.value, measure);
    add(measure);
  }
}

function childrenOf(
  value: Exclude<PickleValue, null | string | number | bigint | boolean>,
): Iterable<PickleValue> {
  if (value instanceof PickleTuple) return value.items;
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return pairs(value);
  return [];
}

function isLeaf(value: object): value is PickleObject | PickleGlobal {
  return value instanceof PickleObject || value instanceof PickleGlobal;
}

function* pairs(map: ReadonlyMap<PickleValue, PickleValue>): Generator<PickleValue, void> {
  for (const [key, value] of map) {
    yield key;
    yield value;
  }
}
