import { checkpointError, quote } from '@podium/nn/checkpoint-files';
import type { PickleValue } from './pickle/pickle-values.ts';
import { TensorRef } from './pth/tensor-ref.ts';

/** Keys under which training scripts store averaged weights, and plain ones, in timm's order. */
const AVERAGED = ['state_dict_ema', 'model_ema', 'ema_state_dict'];
const PLAIN = ['state_dict', 'model_state_dict', 'model'];
/** Prefixes that `DataParallel` and `torch.compile` add to each name. */
const PREFIXES = ['module.', '_orig_mod.'];
/** `AveragedModel` counts its updates beside the model. */
const COUNTERS: ReadonlySet<string> = new Set(['n_averaged']);
const MAX_LEVELS = 5;

/** The tensors of a model and how they were found. */
export interface Unwrapped<T> {
  readonly tensors: Map<string, T>;
  /** Keys that were opened, then prefixes that were removed: `['state_dict', 'module.']`. */
  readonly unwrapped: readonly string[];
  /** Keys beside the tensors, at each opened level: `['epoch', 'optimizer']`. */
  readonly leftOut: readonly string[];
}

export interface UnwrapOptions {
  /** Open this key instead of the usual ones. */
  readonly key?: string | undefined;
  /** Whether to prefer averaged weights. Default true, as in timm. */
  readonly ema?: boolean | undefined;
}

/**
 * Finds the tensors of a model in an object stored by `torch.save`.
 * @throws PodiumError `checkpoint-no-tensors` with the keys of the object
 */
export function unwrapState(value: PickleValue, { key, ema = true }: UnwrapOptions): Unwrapped<TensorRef> {
  const order = ema ? [...AVERAGED, ...PLAIN] : [...PLAIN, ...AVERAGED];
  const found = key === undefined ? findState(value, order, MAX_LEVELS) : open(value, key, order, MAX_LEVELS);
  if (found === undefined) {
    const keys = value instanceof Map ? [...value.keys()].slice(0, 50).map(keyText) : [];
    throw checkpointError('checkpoint-no-tensors', 'no model was found in this file', {
      ...(keys.length > 0 && { expected: keys }),
      ...(key !== undefined && { got: quote(key) }),
      fix: 'name the key that holds the tensors, or save only model.state_dict()',
    });
  }
  const stripped = stripPrefixes(found.tensors);
  return {
    tensors: stripped.tensors,
    unwrapped: [...found.unwrapped, ...stripped.unwrapped],
    leftOut: [...found.leftOut, ...stripped.leftOut],
  };
}

/** Removes prefixes that all names share. */
export function stripPrefixes<T>(tensors: ReadonlyMap<string, T>): Unwrapped<T> {
  let current = new Map(tensors);
  const unwrapped: string[] = [];
  const leftOut: string[] = [];
  for (;;) {
    const names = [...current.keys()].filter((name) => !COUNTERS.has(name));
    const prefix = PREFIXES.find((candidate) => names.every((name) => name.startsWith(candidate)));
    if (prefix === undefined || names.length === 0) return { tensors: current, unwrapped, leftOut };
    const next = new Map<string, T>();
    for (const [name, tensor] of current) {
      if (COUNTERS.has(name)) leftOut.push(name);
      else next.set(name.slice(prefix.length), tensor);
    }
    unwrapped.push(prefix);
    current = next;
  }
}

function findState(
  value: PickleValue | undefined,
  order: readonly string[],
  levels: number,
): Unwrapped<TensorRef> | undefined {
  if (!(value instanceof Map) || levels === 0) return undefined;
  for (const key of order) {
    const inner = open(value, key, order, levels);
    if (inner !== undefined) return inner;
  }
  const tensors = new Map<string, TensorRef>();
  const leftOut: string[] = [];
  for (const [name, item] of value) {
    if (typeof name === 'string' && item instanceof TensorRef) tensors.set(name, item);
    else leftOut.push(keyText(name));
  }
  return tensors.size === 0 ? undefined : { tensors, unwrapped: [], leftOut };
}

function open(
  value: PickleValue,
  key: string,
  order: readonly string[],
  levels: number,
): Unwrapped<TensorRef> | undefined {
  if (!(value instanceof Map)) return undefined;
  const inner = findState(value.get(key), order, levels - 1);
  if (inner === undefined) return undefined;
  const beside = [...value.keys()].filter((other) => other !== key).map(keyText);
  return {
    tensors: inner.tensors,
    unwrapped: [key, ...inner.unwrapped],
    leftOut: [...beside, ...inner.leftOut],
  };
}

function keyText(key: PickleValue): string {
  return typeof key === 'object' && key !== null ? '(a tuple)' : String(key);
}
