import { checkpointError, quote } from '@podium/nn/checkpoint-files';
import { describeValue, PickleOpaque, type PickleValue } from './pickle/pickle-values.ts';
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
  /** What stands for a tensor that cannot be read, by name: `a sparse tensor`. */
  readonly unreadable: Map<string, string>;
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
  /** How many names of tensors are those of the model to load, to choose among keys that are not usual. */
  readonly matches?: ((names: readonly string[]) => number) | undefined;
}

/**
 * Finds the tensors of a model in an object stored by `torch.save`: below the usual keys, at the top, or below any other key:
 * that whose names are most of the model's.
 * @throws PodiumError `checkpoint-no-tensors` with the keys of the object; `checkpoint-ambiguous` if several fit equally well
 */
export function unwrapState(
  value: PickleValue,
  { key, ema = true, matches }: UnwrapOptions,
): Unwrapped<TensorRef> {
  const order = ema ? [...AVERAGED, ...PLAIN] : [...PLAIN, ...AVERAGED];
  const found = key === undefined ? findModel(value, order, matches) : open(value, key, order, MAX_LEVELS);
  if (found === undefined) throw nothingFound(value, key);
  const stripped = stripPrefixes(found.tensors);
  const unreadable = new Map(
    [...found.unreadable].map(([name, what]) => [withoutPrefixes(name, stripped.unwrapped), what]),
  );
  return {
    tensors: stripped.tensors,
    unreadable,
    unwrapped: [...found.unwrapped, ...stripped.unwrapped],
    leftOut: [...found.leftOut, ...stripped.leftOut],
  };
}

function findModel(
  value: PickleValue,
  order: readonly string[],
  matches: UnwrapOptions['matches'],
): Unwrapped<TensorRef> | undefined {
  const usual = findState(value, order, MAX_LEVELS);
  // A lone tensor at the top, such as the best score, is not the model.
  const isModel = usual === undefined || matches === undefined || matches(namesOf(usual)) > 0;
  if (usual !== undefined && isModel) return usual;
  const elsewhere = findElsewhere(value, order, matches);
  if (usual === undefined) return elsewhere;
  return elsewhere !== undefined && matches!(namesOf(elsewhere)) > 0 ? elsewhere : usual;
}

function namesOf({ tensors, unreadable }: Unwrapped<TensorRef>): string[] {
  return [...tensors.keys(), ...unreadable.keys()];
}

/** Removes prefixes that all names share. */
export function stripPrefixes<T>(
  tensors: ReadonlyMap<string, T>,
): Pick<Unwrapped<T>, 'tensors' | 'unwrapped' | 'leftOut'> {
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

/** A name without these prefixes, as far as it has them. */
export function withoutPrefixes(name: string, prefixes: readonly string[]): string {
  return prefixes.reduce(
    (rest, prefix) => (rest.startsWith(prefix) ? rest.slice(prefix.length) : rest),
    name,
  );
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
  const unreadable = new Map<string, string>();
  const leftOut: string[] = [];
  for (const [name, item] of value) {
    if (typeof name === 'string' && item instanceof TensorRef) tensors.set(name, item);
    else if (typeof name === 'string' && item instanceof PickleOpaque && item.isTensor)
      unreadable.set(name, item.what);
    else leftOut.push(keyText(name));
  }
  if (tensors.size + unreadable.size === 0) return undefined;
  return { tensors, unreadable, unwrapped: [], leftOut };
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
    ...inner,
    unwrapped: [key, ...inner.unwrapped],
    leftOut: [...beside, ...inner.leftOut],
  };
}

/** Looks below keys that are not usual, such as `net`, `generator` or `model_0`: level by level. */
function findElsewhere(
  value: PickleValue,
  order: readonly string[],
  matches: UnwrapOptions['matches'],
): Unwrapped<TensorRef> | undefined {
  if (!(value instanceof Map)) return undefined;
  let level: { readonly map: Map<PickleValue, PickleValue>; readonly path: readonly string[] }[] = [
    { map: value, path: [] },
  ];
  for (let depth = 0; depth < MAX_LEVELS; depth++) {
    const candidates = level.flatMap(({ map, path }) =>
      [...map.keys()].flatMap((key) => {
        const found =
          typeof key === 'string' && key !== 'optimizer' ? open(map, key, order, MAX_LEVELS) : undefined;
        return found === undefined ? [] : [{ ...found, unwrapped: [...path, ...found.unwrapped] }];
      }),
    );
    if (candidates.length > 0) return bestOf(candidates, matches);
    level = level.flatMap(({ map, path }) =>
      [...map].flatMap(([key, inner]) =>
        typeof key === 'string' && inner instanceof Map ? [{ map: inner, path: [...path, key] }] : [],
      ),
    );
  }
  return undefined;
}

function bestOf(
  candidates: readonly Unwrapped<TensorRef>[],
  matches: UnwrapOptions['matches'] = () => 0,
): Unwrapped<TensorRef> {
  const counts = candidates.map((candidate) => matches(namesOf(candidate)));
  const most = Math.max(...counts);
  const best = candidates.filter((_, i) => counts[i] === most);
  const [only] = best as [Unwrapped<TensorRef>];
  if (best.length === 1) return only;
  const names = best.map(({ unwrapped }) => unwrapped[0]!);
  throw checkpointError('checkpoint-ambiguous', 'several keys of this file hold a model', {
    expected: 'one of them',
    got: names.slice(0, 20).map(quote).join(', '),
    fix: `save the one you want alone, in Python: torch.save(torch.load(FILE)[${quote(names[0]!)}], NEW_FILE)`,
  });
}

function nothingFound(value: PickleValue, key: string | undefined): Error {
  if (value instanceof PickleOpaque || (value instanceof Map && key === undefined && holdsModule(value))) {
    const what = value instanceof PickleOpaque ? value : [...value.values()].find(isModule)!;
    return checkpointError(
      'checkpoint-no-tensors',
      'this file holds a whole model, which is code, instead of its tensors',
      {
        expected: 'the dict that model.state_dict() returns',
        got: describeValue(what),
        fix: 'load it in Python where you trust it, and save its tensors alone: torch.save(model.state_dict(), NEW_FILE)',
      },
    );
  }
  const keys = value instanceof Map ? [...value.keys()].slice(0, 50).map(keyText) : [];
  return checkpointError('checkpoint-no-tensors', 'no model was found in this file', {
    ...(keys.length > 0 && { expected: keys }),
    ...(key !== undefined && { got: quote(key) }),
    fix: 'save only the tensors of the model, in Python: torch.save(model.state_dict(), NEW_FILE)',
  });
}

/** Whether a usual key of a model holds something that is not known. */
function holdsModule(value: ReadonlyMap<PickleValue, PickleValue>): boolean {
  return [...AVERAGED, ...PLAIN, 'net', 'network', 'ema'].some((key) => isModule(value.get(key)));
}

function isModule(value: PickleValue | undefined): value is PickleOpaque {
  return value instanceof PickleOpaque && !value.isTensor;
}

function keyText(key: PickleValue): string {
  return typeof key === 'object' && key !== null ? `(${describeValue(key)})` : String(key);
}
