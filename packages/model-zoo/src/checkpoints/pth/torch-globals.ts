import { damaged, isStateDtype, unsafe } from '@podium/nn/checkpoint-files';
import {
  describeValue,
  PickleGlobal,
  PickleObject,
  PickleOpaque,
  PickleTuple,
  type PickleValue,
} from '../pickle/pickle-values.ts';
import { findStorageClass, StorageRef } from './storages.ts';
import { TensorRef } from './tensor-ref.ts';

/** Most items that calls such as `set(list)` may copy per file: the same list can be copied repeatedly. */
const MAX_COPIED = 4_000_000;

const OTHER_DTYPES: ReadonlySet<string> = new Set([
  ...['uint16', 'uint32', 'uint64', 'complex32', 'complex64', 'complex128', 'qint8', 'quint8', 'qint32'],
  ...['float8_e4m3fn', 'float8_e4m3fnuz', 'float8_e5m2', 'float8_e5m2fnuz', 'float8_e8m0fnu'],
]);

/** Functions that make tensors which Podium cannot read. */
const OTHER_TENSORS: ReadonlyMap<string, string> = new Map([
  ['torch._utils._rebuild_qtensor', 'a quantized tensor'],
  ['torch._utils._rebuild_sparse_tensor', 'a sparse tensor'],
  ['torch._utils._rebuild_sparse_csr_tensor', 'a sparse tensor'],
  ['torch._utils._rebuild_nested_tensor', 'a nested tensor'],
  ['torch._utils._rebuild_meta_tensor_no_storage', 'a tensor without values (meta)'],
  ['torch._utils._rebuild_device_tensor_from_numpy', 'a tensor of another device'],
  ['torch._utils._rebuild_device_tensor_from_cpu_tensor', 'a tensor of another device'],
  ['torch._utils._rebuild_wrapper_subclass', 'a tensor of a class of its own'],
]);

/**
 * The Python names that a PyTorch checkpoint may refer to: PyTorch's list for `torch.load(weights_only=True)`, without those that
 * Podium does not need. A tensor that cannot be read becomes a closed value, since it may be beside the model. Make a new one
 * per file.
 */
export function torchGlobals(): (module: string, name: string) => PickleGlobal | string | undefined {
  let copied = 0;
  const copy = (items: readonly PickleValue[]): readonly PickleValue[] => {
    copied += items.length;
    if (copied > MAX_COPIED) unsafe(`the pickle copies more than ${MAX_COPIED} items`);
    return items;
  };
  const globals = new Map<string, PickleGlobal>();
  const define = (name: string, call?: (args: readonly PickleValue[]) => PickleValue): void => {
    globals.set(name, new PickleGlobal(name, call));
  };

  define('collections.OrderedDict', ([items]) => dictOf(items, copy));
  define('collections.Counter', ([items]) => dictOf(items, copy));
  // Its argument is what new values are made with.
  define('collections.defaultdict', () => new Map());
  for (const module of ['builtins', '__builtin__']) {
    define(`${module}.set`, ([items]) => new Set(copy(elements(items))));
    define(`${module}.frozenset`, ([items]) => new Set(copy(elements(items))));
  }
  define('torch.Size', ([items]) => new PickleTuple(copy(elements(items))));
  define('torch.device', (args) =>
    args
      .filter((part) => part !== null)
      .map(String)
      .join(':'),
  );

  define('torch._utils._rebuild_tensor', rebuildTensor);
  define('torch._utils._rebuild_tensor_v2', rebuildTensor);
  define('torch._utils._rebuild_tensor_v3', rebuildTensorV3);
  define('torch._utils._rebuild_parameter', ([data]) => tensorOf(data));
  define('torch._utils._rebuild_parameter_with_state', ([data]) => tensorOf(data));
  define('torch.Tensor');
  define('torch.nn.parameter.Parameter', ([data]) => tensorOf(data));
  define('torch._tensor._rebuild_from_type_v2', rebuildFromType);
  for (const [name, what] of OTHER_TENSORS) define(name, () => new PickleOpaque(what, { isTensor: true }));

  return (module, name) => {
    const full = `${module}.${name}`;
    if (module === 'torch' && (isStateDtype(name) || OTHER_DTYPES.has(name))) return full;
    return globals.get(full) ?? findStorageClass(module, name);
  };
}

/** `(storage, offset, shape, strides, requires_grad, hooks, metadata)`; an older form has only the first four. */
function rebuildTensor([storage, offset, shape, strides, , , metadata]: readonly PickleValue[]): PickleValue {
  if (storage instanceof PickleOpaque) return otherTensor(storage.what.replace(/^a storage of /, ''));
  if (changesBits(metadata)) return negated();
  const dtype = storage instanceof StorageRef ? storage.dtype : undefined;
  if (dtype === undefined) damaged('the pickle has a tensor whose storage has no number format');
  return new TensorRef(storage, dtype, offset, shape, strides);
}

/** The same with the number format after the hooks, for formats without a storage class. */
function rebuildTensorV3(args: readonly PickleValue[]): PickleValue {
  const [storage, offset, shape, strides, , , dtype, metadata] = args;
  const name = typeof dtype === 'string' ? dtype.replace(/^torch\./, '') : '';
  if (!isStateDtype(name)) return otherTensor(typeof dtype === 'string' ? dtype : describeValue(dtype));
  if (changesBits(metadata)) return negated();
  return new TensorRef(storage, name, offset, shape, strides);
}

/** A tensor of a number format that Podium does not read. */
function otherTensor(format: string): PickleOpaque {
  return new PickleOpaque(`a tensor of ${format}`, { isTensor: true });
}

function negated(): PickleOpaque {
  return new PickleOpaque('a tensor that is negated or conjugated when read', { isTensor: true });
}

/** Whether it is a view that negates or conjugates when read. */
function changesBits(metadata: PickleValue | undefined): boolean {
  return metadata instanceof Map && [...metadata.values()].some((bit) => bit !== false);
}

/** `(function, type, arguments, state)`: a tensor with Python attributes, which are dropped. */
function rebuildFromType([rebuild, type, args]: readonly PickleValue[]): PickleValue {
  const plain = type instanceof PickleGlobal && /^torch\.(Tensor|nn\.parameter\.Parameter)$/.test(type.name);
  const isRebuild = rebuild instanceof PickleGlobal && rebuild.name.startsWith('torch._utils._rebuild_');
  if (!plain || !isRebuild || rebuild.call === undefined || !(args instanceof PickleTuple))
    return new PickleOpaque(`a tensor of the class ${describeValue(type)}`, { isTensor: true });
  return tensorOf(rebuild.call(args.items));
}

function tensorOf(value: PickleValue | undefined): PickleValue {
  if (value instanceof TensorRef || value instanceof PickleOpaque) return value;
  return damaged('the pickle has a parameter that is not a tensor', { got: describeValue(value) });
}

function elements(value: PickleValue | undefined): readonly PickleValue[] {
  if (value === undefined || value instanceof PickleOpaque) return [];
  if (value instanceof PickleTuple) return value.items;
  if (Array.isArray(value)) return value;
  return damaged('the pickle lists the items of something without items', { got: describeValue(value) });
}

/** `OrderedDict()`, Python 2's `OrderedDict([[key, value], ...])`, or `Counter(dict)`. */
function dictOf(
  items: PickleValue | undefined,
  copy: (items: readonly PickleValue[]) => readonly PickleValue[],
): PickleValue {
  const dict = new Map<PickleValue, PickleValue>();
  const pairs = items instanceof Map ? [...items].map((pair) => new PickleTuple(pair)) : elements(items);
  for (const pair of copy(pairs)) {
    const [key, value] = elements(pair);
    const hashable =
      typeof key !== 'object' || key === null || key instanceof PickleTuple || key instanceof PickleObject;
    if (key === undefined || value === undefined || !hashable)
      damaged('the pickle has a dict of items that are not pairs');
    dict.set(key, value);
  }
  return dict;
}
