import type { PickleValue } from '../pickle/pickle-values.ts';
import type { StorageRoot } from './storages.ts';

/** Longest pickle that is read. One of 10,000 tensors and their optimizer's state has some 5 MB. */
export const MAX_PICKLE_BYTES: number = 2 ** 26;

/** Where the bytes of a storage lie in the file; inside it, and apart from all others. */
export interface StorageRange {
  readonly position: number;
  readonly length: number;
  /** Where the file tells it. */
  readonly crc32?: number | undefined;
}

/** What both forms of PyTorch's files come to: a value with tensors in it, and where their storages lie. */
export interface PthArchive {
  readonly format: 'pth' | 'pth-legacy';
  /** A tree: see `checkTree`. */
  readonly value: PickleValue;
  readonly find: (root: StorageRoot) => StorageRange;
}
