import type { PodiumError } from '@podium/core';
import type { StateDict, StateTensor } from '@podium/nn';
import {
  type CheckpointFile,
  checkpointError,
  inFile,
  quote,
  safetensorsContent,
  withFile,
} from '@podium/nn/checkpoint-files';
import { openPth } from './pth/read-pth.ts';
import { TensorLoader } from './pth/tensor-loader.ts';
import { type CheckpointFormat, recognize } from './recognize.ts';
import { stripPrefixes, type UnwrapOptions, unwrapState, withoutPrefixes } from './unwrap-state.ts';

/** Which model of a file to read. */
export interface ReadCheckpointOptions {
  /** For `torch.save` files: key of the dict that holds the tensors, unless it is a usual one: `teacher`. */
  readonly key?: string;
  /** Whether to prefer averaged weights (`state_dict_ema`, `model_ema`). Default true, as in timm. */
  readonly ema?: boolean;
  /** How many names of tensors are those of the model to load: chooses among keys that are not usual, such as `net`. */
  readonly matches?: (names: readonly string[]) => number;
}

/** The tensors of a model, read from a file. */
export interface Checkpoint {
  readonly format: CheckpointFormat;
  /** By the model's names. Tensors that share a storage in the file may share memory. */
  readonly state: StateDict;
  /** What stands for tensors that Podium cannot read, by name: `a tensor of torch.float8_e4m3fn`. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Metadata of a safetensors file; empty for PyTorch files. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Keys that were opened, then prefixes that were removed from all names: `['state_dict', 'module.']`. */
  readonly unwrapped: readonly string[];
  /** Keys beside the tensors that were not read: `['epoch', 'optimizer']`. */
  readonly leftOut: readonly string[];
}

/**
 * Reads the tensors of a model from safetensors, or from a `.pth`, `.pt` or `.bin` file of `torch.save`. The format is recognized
 * by its bytes. Of a training checkpoint only the model is read; the rest takes no memory. Nothing in the file is executed.
 *
 * Values of unknown classes beside the model are left closed, and so are tensors of number formats that Podium does not read.
 *
 * @throws PodiumError with the file: `checkpoint-format` with what it looks like, `checkpoint-damaged`, `checkpoint-unsafe` with
 * what its pickle requests, `checkpoint-unsupported` if no tensor can be read, `checkpoint-no-tensors` with the keys of the file,
 * `checkpoint-ambiguous` if several keys hold a model that fits equally, or a file error such as `file-not-found`
 *
 * @example
 * const { state } = await readCheckpoint('resnet18.pth');
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
      fix: 'remove the option key',
    });
  }
  const { tensors, metadata, unreadable: closed } = await safetensorsContent(file);
  const { tensors: state, unwrapped, leftOut } = stripPrefixes(tensors);
  const unreadable = new Map([...closed].map(([name, what]) => [withoutPrefixes(name, unwrapped), what]));
  assertReadable(state, unreadable);
  return { format: 'safetensors', state, unreadable, metadata, unwrapped, leftOut };
}

async function fromPth(
  file: CheckpointFile,
  format: 'pth' | 'pth-legacy',
  options: UnwrapOptions,
): Promise<Checkpoint> {
  const archive = await openPth(file, format);
  const { tensors, unreadable, unwrapped, leftOut } = unwrapState(archive.value, options);
  assertReadable(tensors, unreadable);
  const loader = new TensorLoader(file, archive);
  const state = new Map<string, StateTensor>();
  for (const [name, ref] of tensors) state.set(name, await loader.load(ref, name));
  return { format, state, unreadable, metadata: new Map(), unwrapped, leftOut };
}

/** Where nothing can be read, that is what is wrong with the file. */
function assertReadable(
  tensors: ReadonlyMap<string, unknown>,
  unreadable: ReadonlyMap<string, string>,
): void {
  const [first] = unreadable;
  if (tensors.size > 0 || first === undefined) return;
  throw unreadableTensor(first[0], first[1]);
}

/** For a tensor of the model that cannot be read. */
export function unreadableTensor(name: string, what: string): PodiumError {
  return checkpointError('checkpoint-unsupported', 'Podium cannot read this tensor', {
    key: name,
    expected: 'a dense tensor of an ordinary number format, such as float32',
    got: what,
    fix: 'convert it in PyTorch, with .float() or .to_dense(), and save the tensors again',
  });
}
