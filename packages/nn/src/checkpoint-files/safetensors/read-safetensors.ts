import { PodiumError } from '@podium/core';
import type { StateDict, StateDtype, StateTensor } from '../../state-tensor.ts';
import { inFile, quote, unsupported } from '../checkpoint-errors.ts';
import { CheckpointFile, withFile } from '../checkpoint-file.ts';
import { asValues } from '../tensor-bytes.ts';
import { readHeader } from './read-header.ts';

/** Content of a safetensors file. */
export interface SafetensorsContent {
  /** In the order of the file. */
  readonly tensors: StateDict;
  /** Tensors of number formats that Podium does not read, by name: `a tensor of F8_E4M3`. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** The file's `__metadata__`; empty if it has none. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** An open safetensors file whose tensors are read one by one. */
export interface SafetensorsFile {
  readonly names: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Number format and shape by name, from the header. */
  readonly tensors: ReadonlyMap<string, { readonly dtype: StateDtype; readonly shape: readonly number[] }>;
  /**
   * Reads one tensor.
   * @throws PodiumError `checkpoint-tensor` for an unknown name, with the nearest one
   */
  read(name: string): Promise<StateTensor>;
  close(): Promise<void>;
}

/**
 * Reads a safetensors file into one buffer. Tensors are views of it, or copies if they are misaligned in the file. Nothing is
 * allocated before the header is checked against the size of the file.
 * @throws PodiumError with file and tensor: `checkpoint-damaged`, or a file error such as `file-not-found`
 *
 * @example
 * const { tensors, metadata } = await readSafetensors('model.safetensors');
 */
export async function readSafetensors(path: string): Promise<SafetensorsContent> {
  return await inFile(path, () => withFile(path, safetensorsContent));
}

/** {@link readSafetensors} of an open file. */
export async function safetensorsContent(file: CheckpointFile): Promise<SafetensorsContent> {
  const { tensors, unreadable, metadata, dataStart, dataBytes } = await readHeader(file);
  const data = await file.read(dataStart, dataBytes, 'the data');
  const dict = new Map<string, StateTensor>();
  for (const [name, { dtype, shape, begin, end }] of tensors) {
    dict.set(name, { dtype, shape, data: asValues(dtype, data.subarray(begin, end)) });
  }
  return { tensors: dict, unreadable, metadata };
}

/**
 * Opens a safetensors file and checks its header. Tensors are read on demand. Close it when done.
 * @throws PodiumError as {@link readSafetensors} does
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  return await inFile(path, async () => {
    const file = await CheckpointFile.open(path);
    try {
      const { tensors, unreadable, metadata, dataStart } = await readHeader(file);
      const names = [...tensors.keys()];
      return {
        names,
        metadata,
        tensors,
        read: (name) =>
          inFile(path, async () => {
            const entry = tensors.get(name);
            const closed = unreadable.get(name);
            if (closed !== undefined)
              unsupported('Podium cannot read this tensor', { key: name, got: closed });
            if (entry === undefined) {
              throw new PodiumError({
                code: 'checkpoint-tensor',
                message: 'the file has no such tensor',
                expected: names,
                got: quote(name),
              });
            }
            const { dtype, shape, begin, end } = entry;
            const bytes = await file.read(dataStart + begin, end - begin, `the tensor ${quote(name)}`);
            return { dtype, shape, data: asValues(dtype, bytes) };
          }),
        close: () => file.close(),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  });
}
