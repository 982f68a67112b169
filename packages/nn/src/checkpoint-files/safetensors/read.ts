import { PodiumError } from '@podium/core';
import type { StateDict, StateDtype, StateTensor } from '../../state-dict.ts';
import { CheckpointFile, withFile } from '../file.ts';
import { inFile, quote } from '../problem.ts';
import { asValues } from '../tensors.ts';
import { readHeader } from './header.ts';

/** What a safetensors file holds. */
export interface SafetensorsContent {
  /** In the order in which they lie in the file. */
  readonly tensors: StateDict;
  /** The file's `__metadata__`; empty where it has none. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** An open safetensors file, whose tensors are read one by one. */
export interface SafetensorsFile {
  readonly names: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Number format and shape by name, known without reading the tensors. */
  readonly tensors: ReadonlyMap<string, { readonly dtype: StateDtype; readonly shape: readonly number[] }>;
  /**
   * Reads one tensor, and nothing else.
   * @throws PodiumError `checkpoint-tensor` for a name that is not there, with the nearest one.
   */
  read(name: string): Promise<StateTensor>;
  close(): Promise<void>;
}

/**
 * Reads a safetensors file. Its data goes into one buffer, once; the tensors are views of it (a copy only where a
 * writer left one misaligned). Nothing is allocated before the header is checked against the file's size.
 * @throws PodiumError naming file and tensor: `checkpoint-damaged`, `checkpoint-unsupported`, `file-not-found` and
 * its like.
 */
export async function readSafetensors(path: string): Promise<SafetensorsContent> {
  return await inFile(path, () => withFile(path, safetensorsContent));
}

/** {@link readSafetensors} of an open file. */
export async function safetensorsContent(file: CheckpointFile): Promise<SafetensorsContent> {
  const { tensors, metadata, dataStart, dataBytes } = await readHeader(file);
  const data = await file.read(dataStart, dataBytes, 'the data');
  const dict = new Map<string, StateTensor>();
  for (const [name, { dtype, shape, begin, end }] of tensors) {
    dict.set(name, { dtype, shape, data: asValues(dtype, data.subarray(begin, end)) });
  }
  return { tensors: dict, metadata };
}

/**
 * Opens a safetensors file and checks its header; tensors are read when asked for. Close it when done.
 * @throws PodiumError as {@link readSafetensors} does.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  return await inFile(path, async () => {
    const file = await CheckpointFile.open(path);
    try {
      const { tensors, metadata, dataStart } = await readHeader(file);
      const names = [...tensors.keys()];
      return {
        names,
        metadata,
        tensors,
        read: (name) =>
          inFile(path, async () => {
            const entry = tensors.get(name);
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
