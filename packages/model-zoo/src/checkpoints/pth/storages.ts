import type { StateDtype } from '@podium/nn';
import { damaged, itemSize, quote } from '@podium/nn/checkpoint-files';
import {
  PickleGlobal,
  PickleObject,
  PickleOpaque,
  PickleTuple,
  type PickleValue,
} from '../pickle/pickle-values.ts';

/** PyTorch's storage classes and their number formats. */
const STORAGE_CLASSES: ReadonlyMap<string, StateDtype | undefined> = new Map<string, StateDtype | undefined>([
  ['DoubleStorage', 'float64'],
  ['FloatStorage', 'float32'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
  ['UntypedStorage', undefined],
]);

/** Storages of number formats that Podium does not read, with the bytes of an item. */
const OTHER_STORAGES: ReadonlyMap<string, readonly [format: string, bytes: number]> = new Map([
  ['ComplexFloatStorage', ['complex numbers', 8]],
  ['ComplexDoubleStorage', ['complex numbers', 16]],
  ['QInt8Storage', ['quantized numbers', 1]],
  ['QUInt8Storage', ['quantized numbers', 1]],
  ['QInt32Storage', ['quantized numbers', 4]],
]);

/** One storage of the file. */
export interface StorageRoot {
  readonly key: string;
  readonly bytes: number;
  /** By the class of the storage; 1 for an untyped one. */
  readonly itemSize: number;
}

/** A storage that a tensor refers to: all of a root or, in files of PyTorch before 0.4, a part of it. */
export class StorageRef extends PickleObject {
  readonly what: string = 'a storage';
  readonly root: StorageRoot;
  /** Undefined for an untyped storage. */
  readonly dtype: StateDtype | undefined;
  /** Position in its root. */
  readonly begin: number;
  readonly bytes: number;

  constructor(root: StorageRoot, dtype: StateDtype | undefined, begin: number, bytes: number) {
    super();
    this.root = root;
    this.dtype = dtype;
    this.begin = begin;
    this.bytes = bytes;
  }
}

class StorageClass extends PickleGlobal {
  readonly dtype: StateDtype | undefined;
  readonly itemSize: number;
  /** What is in it, if Podium cannot read it. */
  readonly other: string | undefined;

  constructor(name: string, dtype: StateDtype | undefined, other?: readonly [format: string, bytes: number]) {
    super(name);
    this.dtype = dtype;
    this.other = other?.[0];
    this.itemSize = other?.[1] ?? (dtype === undefined ? 1 : itemSize(dtype));
  }
}

/** Storage classes such as `torch.FloatStorage`, including those of `torch.cuda`. */
export function findStorageClass(module: string, name: string): PickleGlobal | undefined {
  if (module !== 'torch' && module !== 'torch.cuda' && module !== 'torch.storage') return undefined;
  const other = OTHER_STORAGES.get(name);
  if (other === undefined && !STORAGE_CLASSES.has(name)) return undefined;
  return new StorageClass(`${module}.${name}`, STORAGE_CLASSES.get(name), other);
}

/** The storages of a pickle, by key. */
export class StorageTable {
  readonly roots: Map<string, StorageRoot> = new Map();

  /**
   * Reads a persistent id of PyTorch: `('storage', class, key, location, count)`, in legacy files with one more item, None or
   * `(view key, offset, count)`. A storage that Podium cannot read is a closed value.
   */
  fromId(id: PickleValue): StorageRef | PickleOpaque {
    const [kind, type, key, , count, view] = id instanceof PickleTuple ? id.items : [];
    if (kind === 'storage' && type instanceof PickleGlobal && !(type instanceof StorageClass))
      return new PickleOpaque(`a storage of ${type.name}`);
    if (kind !== 'storage' || !(type instanceof StorageClass) || typeof key !== 'string' || !isCount(count)) {
      damaged('the pickle refers to something other than a storage');
    }
    const { dtype, itemSize: size, other } = type;
    const root = this.#root(key, count * size, size);
    if (other !== undefined) return new PickleOpaque(`a storage of ${other}`);
    if (view === undefined || view === null) return new StorageRef(root, dtype, 0, root.bytes);
    const [, offset, viewCount] = view instanceof PickleTuple ? view.items : [];
    if (!isCount(offset) || !isCount(viewCount) || (offset + viewCount) * size > root.bytes) {
      damaged(`the pickle has a view that is not inside its storage ${quote(key)}`);
    }
    return new StorageRef(root, dtype, offset * size, viewCount * size);
  }

  #root(key: string, bytes: number, size: number): StorageRoot {
    const known = this.roots.get(key);
    if (known === undefined) {
      const root = { key, bytes, itemSize: size };
      this.roots.set(key, root);
      return root;
    }
    if (known.bytes !== bytes || known.itemSize !== size) {
      damaged(`the pickle gives the storage ${quote(key)} two sizes`, {
        expected: `${known.bytes} bytes in items of ${known.itemSize}`,
        got: `${bytes} in items of ${size}`,
      });
    }
    return known;
  }
}

/** A size, an offset or a stride. */
export function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
