import type { StateArrays, StateDtype, StateTensor } from '@podium/nn';
import { asValues, type CheckpointFile, itemSize, quote, unsafe, zeros } from '@podium/nn/checkpoint-files';
import type { PthArchive } from './pth-archive.ts';
import { readRange } from './read-range.ts';
import type { StorageRoot } from './storages.ts';
import type { TensorRef } from './tensor-ref.ts';

/*
 * Tensors that are not contiguous are copied, and with a stride of 0 a file of 1 KB could request a copy of any size. Real ones are
 * permutations, not larger than their storages, sometimes with two views of a storage or a small expanded buffer. So all copies of
 * a file together are limited to four times its size plus 64 MiB.
 */
const COPIES_PER_FILE = 4;
const COPIES_BESIDES = 2 ** 26;

/** Reads the tensors of an open file, and each storage only once. */
export class TensorLoader {
  readonly #file: CheckpointFile;
  readonly #archive: PthArchive;
  readonly #storages: Map<StorageRoot, Uint8Array> = new Map();
  readonly #tensors: Map<TensorRef, StateTensor> = new Map();
  #copied = 0;

  constructor(file: CheckpointFile, archive: PthArchive) {
    this.#file = file;
    this.#archive = archive;
  }

  /**
   * The values of a tensor in row-major order: a view of its storage if it is contiguous, otherwise a copy.
   * @throws PodiumError `checkpoint-damaged`, or `checkpoint-unsafe` if the copies exceed the limit
   */
  async load(ref: TensorRef, name: string): Promise<StateTensor> {
    const known = this.#tensors.get(ref);
    if (known !== undefined) return known;
    const { dtype, shape } = ref;
    const tensor = { dtype, shape, data: await this.#values(ref, name) };
    this.#tensors.set(ref, tensor);
    return tensor;
  }

  async #values(ref: TensorRef, name: string): Promise<StateArrays[StateDtype]> {
    if (ref.count === 0) return zeros(ref.dtype, 0);
    const size = itemSize(ref.dtype);
    const { contiguous, offset, count, storage } = ref;
    if (!contiguous) this.#allowCopy(count * size, name);
    const root = await this.#storage(storage.root);
    const bytes = root.subarray(storage.begin, storage.begin + storage.bytes);
    if (contiguous) return asValues(ref.dtype, bytes.subarray(offset * size, (offset + count) * size));
    const whole = bytes.subarray(0, bytes.length - (bytes.length % size));
    return gather(ref, asValues(ref.dtype, whole));
  }

  async #storage(root: StorageRoot): Promise<Uint8Array> {
    const known = this.#storages.get(root);
    if (known !== undefined) return known;
    const bytes = await readRange(this.#file, this.#archive.find(root), `the storage ${quote(root.key)}`);
    this.#storages.set(root, bytes);
    return bytes;
  }

  #allowCopy(bytes: number, name: string): void {
    this.#copied += bytes;
    const most = COPIES_PER_FILE * this.#file.size + COPIES_BESIDES;
    if (this.#copied <= most) return;
    unsafe('its tensors, made contiguous, are far larger than the file', {
      key: name,
      expected: `at most ${most} bytes`,
      got: String(this.#copied),
      fix: 'save the tensor after .clone() or .contiguous(), if it is meant to be that large',
    });
  }
}

/** Copies the items of a strided tensor into row-major order, one row of the last dimension at a time. */
function gather(ref: TensorRef, from: StateArrays[StateDtype]): StateArrays[StateDtype] {
  const to = zeros(ref.dtype, ref.count);
  const dimensions = ref.shape.flatMap((size, i) =>
    size === 1 ? [] : [{ size, stride: ref.strides[i] ?? 0 }],
  );
  const { size: rowSize, stride: rowStride } = dimensions.pop() ?? { size: 1, stride: 1 };
  const index = dimensions.map(() => 0);
  let start = ref.offset;
  for (let at = 0; at < ref.count; ) {
    for (let i = 0, source = start; i < rowSize; i++, source += rowStride) {
      to[at++] = from[source] as number & bigint;
    }
    // Advance to the next row, like an odometer, from the second to last dimension.
    for (let d = dimensions.length - 1; d >= 0; d--) {
      const { size, stride } = dimensions[d]!;
      const next = index[d]! + 1;
      if (next < size) {
        index[d] = next;
        start += stride;
        break;
      }
      index[d] = 0;
      start -= (size - 1) * stride;
    }
  }
  return to;
}
