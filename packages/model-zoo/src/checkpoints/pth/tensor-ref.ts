import type { StateDtype } from '@podium/nn';
import { countValues, damaged, itemSize, quote, renderShape } from '@podium/nn/checkpoint-files';
import { describeValue, PickleObject, PickleTuple, type PickleValue } from '../pickle/pickle-values.ts';
import { isCount, StorageRef } from './storages.ts';

/** PyTorch allows 64 dimensions. */
const MAX_DIMENSIONS = 64;

/** A tensor before its values are read: the items of a storage that it consists of, all inside the storage. */
export class TensorRef extends PickleObject {
  readonly what: string = 'a tensor';
  readonly storage: StorageRef;
  readonly dtype: StateDtype;
  readonly shape: readonly number[];
  /** In items, like the offset. */
  readonly strides: readonly number[];
  readonly offset: number;
  readonly count: number;

  /**
   * Checks a pickle's description of a tensor.
   * @throws PodiumError `checkpoint-damaged` if an item would be outside the storage
   */
  constructor(
    storage: PickleValue | undefined,
    dtype: StateDtype,
    offset: PickleValue | undefined,
    shape: PickleValue | undefined,
    strides: PickleValue | undefined,
  ) {
    super();
    if (!(storage instanceof StorageRef)) {
      damaged('the pickle has a tensor without a storage', { got: describeValue(storage) });
    }
    if (!isCount(offset))
      damaged('the pickle has a tensor without an offset', { got: describeValue(offset) });
    this.storage = storage;
    this.dtype = dtype;
    this.offset = offset;
    this.shape = counts(shape, 'shape');
    this.strides = counts(strides, 'strides');
    const count = countValues(this.shape);
    if (count === undefined || this.shape.length !== this.strides.length) {
      damaged(`the pickle has a tensor of the impossible shape ${renderShape(this.shape)}`, {
        got: `strides ${renderShape(this.strides)}`,
      });
    }
    this.count = count;
    this.#checkExtent();
  }

  /** Whether its items are stored in row-major order without gaps. */
  get contiguous(): boolean {
    let next = 1;
    for (let i = this.shape.length - 1; i >= 0; i--) {
      const size = this.shape[i]!;
      if (size !== 1 && this.strides[i] !== next) return this.count === 0;
      next *= size;
    }
    return true;
  }

  #checkExtent(): void {
    if (this.count === 0) return;
    // Beyond safe integers the result is rounded, and still far beyond any storage.
    const last = this.shape.reduce((at, size, i) => at + (size - 1) * this.strides[i]!, this.offset);
    const items = this.storage.bytes / itemSize(this.dtype);
    if (last + 1 <= items) return;
    damaged(
      `the pickle has a tensor that extends beyond its storage ${quote(this.storage.root.key)}: ` +
        `shape ${renderShape(this.shape)}, strides ${renderShape(this.strides)}, offset ${this.offset}`,
      { expected: `at most ${Math.floor(items)} items`, got: String(last + 1) },
    );
  }
}

function counts(value: PickleValue | undefined, what: string): number[] {
  const items = value instanceof PickleTuple ? value.items : value;
  if (!Array.isArray(items) || items.length > MAX_DIMENSIONS || !items.every(isCount)) {
    damaged(`the pickle has a tensor with invalid ${what}`, {
      expected: `a tuple of at most ${MAX_DIMENSIONS} counts`,
      got: describeValue(value),
    });
  }
  return [...items] as number[];
}
