import type { PickleValue } from '../pickle/pickle-values.ts';
import type { StorageRoot } from './storages.ts';

/** Longest allowed pickle. One of 10,000 tensors with the state of their optimizer has about 5 MB. */
export const MAX_PICKLE_BYTES: number = 2 ** 26;

/** Position of a storage in the file: inside the file, and not overlapping others. */
export interface StorageRange {
  readonly position: number;
  readonly length: number;
  /** If the file states it. */
  readonly crc32?: number | undefined;
}

/** An open PyTorch file of either format: a value with tensors, and the positions of their storages. */
export interface PthArchive {
  readonly format: 'pth' | 'pth-legacy';
  /** A tree: see `checkTree`. */
  readonly value: PickleValue;
  readonly find: (root: StorageRoot) => StorageRange;
}
