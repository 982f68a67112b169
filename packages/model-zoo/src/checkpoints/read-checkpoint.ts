import type { StateDict, StateTensor } from '@podium/nn';
import {
  type CheckpointFile,
  inFile,
  quote,
  checkpointError,
  safetensorsContent,
  withFile,
} from '@podium/nn/checkpoint-files';
import { TensorLoader } from './pth/tensor-loader.ts';
import { openPth } from './pth/read-pth.ts';
import { type CheckpointFormat, recognize } from './recognize.ts';
import { stripPrefixes, type UnwrapOptions, unwrapState } from './unwrap-state.ts';

/** Which of a file's models is wanted. */
export interface ReadCheckpointOptions {
  /** The key of the dict that holds the tensors, where it is not a usual one: `teacher`. For `torch.save` files. */
  readonly key?: string;
  /** Whether averaged weights (`state_dict_ema`, `model_ema`) are preferred to plain ones. Default true, as in timm. */
  readonly ema?: boolean;
}

/** A model's tensors out of a file. */
export interface Checkpoint {
  readonly format: CheckpointFormat;
  /** By the model's own names. Tensors that share a storage in the file may share memory. */
  readonly state: StateDict;
  /** A safetensors file's metadata; empty for PyTorch's. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Keys that were opened, then prefixes that were taken off every name: `['state_dict', 'module.']`. */
  readonly unwrapped: readonly string[];
  /** What lies beside the tensors and was not read: `['epoch', 'optimizer']`. */
  readonly leftOut: readonly string[];
}

/**
 * Reads a model's tensors from safetensors, or from a `.pth`, `.pt` or `.bin` file of `torch.save`, told apart by their
 * bytes. Of a training checkpoint only the model is read: what is left out costs no memory.
 * @throws PodiumError naming the file: `checkpoint-format` saying what it looks like, `checkpoint-damaged`,
 * `checkpoint-unsafe` with what its pickle asks for, `checkpoint-unsupported`, `checkpoint-no-tensors` with the keys
 * that are there, `file-not-found` and its like.
 */
export async function readCheckpoint(path: string, options: ReadCheckpointOptions = {}): Promise<Checkpoint> {
  return await inFile(path, () =>
    withFile(path, async (file) => {
      const format = await recognize(file);
      if (format === 'safetensors') return await fromSafetensors(file, options);
      return await fromPth(file, format, options);
    }),
  );
}

async function fromSafetensors(file: CheckpointFile, { key }: ReadCheckpointOptions): Promise<Checkpoint> {
  if (key !== undefined) {
    throw checkpointError('checkpoint-no-tensors', 'a safetensors file has no keys around its tensors', {
      got: quote(key),
      fix: 'leave the key out',
    });
  }
  const { tensors, metadata } = await safetensorsContent(file);
  const { tensors: state, unwrapped, leftOut } = stripPrefixes(tensors);
  return { format: 'safetensors', state, metadata, unwrapped, leftOut };
}

async function fromPth(
  file: CheckpointFile,
  format: 'pth' | 'pth-legacy',
  options: UnwrapOptions,
): Promise<Checkpoint> {
  const archive = await openPth(file, format);
  const { tensors, unwrapped, leftOut } = unwrapState(archive.value, options);
  const loader = new TensorLoader(file, archive);
  const state = new Map<string, StateTensor>();
  for (const [name, ref] of tensors) state.set(name, await loader.load(ref, name));
  return { format, state, metadata: new Map(), unwrapped, leftOut };
}
