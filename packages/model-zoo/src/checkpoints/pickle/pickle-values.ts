/** Values that a pickle may build. None of them can be executed. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleSet
  | PickleObject
  | PickleGlobal;

type PickleDict = Map<PickleValue, PickleValue>;
type PickleSet = Set<PickleValue>;
type PickleList = PickleValue[];

/** Python's tuple. Immutable, so that a pickle cannot append to one through its memo. */
export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** A value that a host's globals build: a tensor, a storage. */
export abstract class PickleObject {
  /** For messages: `a storage`. */
  abstract readonly what: string;
}

/** A value whose Python class is not known, or a tensor that cannot be read: it stays closed, and nothing of it runs. */
export class PickleOpaque extends PickleObject {
  readonly what: string;
  /** Whether it stands for a tensor. */
  readonly isTensor: boolean;

  constructor(what: string, { isTensor = false }: { readonly isTensor?: boolean } = {}) {
    super();
    this.what = what;
    this.isTensor = isTensor;
  }
}

/** A Python name that a pickle may refer to, and the function that replaces calling it. */
export class PickleGlobal {
  /** `torch._utils._rebuild_tensor_v2`. */
  readonly name: string;
  /** Undefined for names that must not be called. */
  readonly call: ((args: readonly PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, call?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** Describes a value for messages, in Python's terms. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (value instanceof PickleTuple) return `a tuple of ${value.items.length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Map) return `a dict of ${value.size}`;
  if (value instanceof Set) return `a set of ${value.size}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof PickleGlobal) return value.name;
  if (value instanceof PickleObject) return value.what;
  if (typeof value === 'string') return 'a string';
  return String(value);
}
