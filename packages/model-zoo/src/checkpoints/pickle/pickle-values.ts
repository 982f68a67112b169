/** What a pickle may build here; nothing of it can run. */
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

/** Python's tuple: cannot change, so that nothing can be appended to one by a memo's back door. */
export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** What a host's globals build: a tensor, a storage. */
export abstract class PickleObject {
  /** For messages: `a storage`. */
  abstract readonly what: string;
}

/** A Python name that a pickle may ask for, and what stands for calling it here. */
export class PickleGlobal {
  /** `torch._utils._rebuild_tensor_v2`. */
  readonly name: string;
  /** Absent for what may be named but not called. */
  readonly call: ((args: readonly PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, call?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** For messages: what a value is, in Python's words. */
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
