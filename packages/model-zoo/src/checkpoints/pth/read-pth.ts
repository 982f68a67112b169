import type { StateTensor } from '@podium/nn';
import { type CheckpointFile, checkpointError, inFile, withFile } from '@podium/nn/checkpoint-files';
import { PickleGlobal, PickleObject, PickleTuple, type PickleValue } from '../pickle/pickle-values.ts';
import { recognize } from '../recognize.ts';
import { openLegacy } from './open-legacy.ts';
import { openZip } from './open-zip.ts';
import type { PthArchive } from './pth-archive.ts';
import { TensorLoader } from './tensor-loader.ts';
import { TensorRef } from './tensor-ref.ts';

/** A value of a PyTorch file: dicts are Maps, lists and tuples are arrays, integers beyond 2^53 are bigints. */
export type PthValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PthValue[]
  | ReadonlyMap<PthValue, PthValue>
  | ReadonlySet<PthValue>
  | StateTensor
  | PthOpaque;

/** A value of a Python class that Podium does not know, a function, or a tensor that it cannot read. */
export interface PthOpaque {
  /** `a value of argparse.Namespace` */
  readonly opaque: string;
}

/** Content of a PyTorch file. */
export interface PthContent {
  /** The zip of PyTorch 1.6 and later, or the format before it. */
  readonly format: 'pth' | 'pth-legacy';
  /** A tree of at most 200 levels. Tensors that share a storage may share memory. */
  readonly value: PthValue;
}

/**
 * Reads everything in a file of `torch.save`, including the state of an optimizer; `readCheckpoint` reads only the tensors of a
 * model. Nothing in the file is executed: see `unpickle`.
 * @throws PodiumError with the file: `checkpoint-unsafe` for a pickle that asks to run programs, `checkpoint-damaged`,
 * `checkpoint-unsupported`, `checkpoint-format`, or a file error such as `file-not-found`
 */
export async function readPth(path: string): Promise<PthContent> {
  return await inFile(path, () =>
    withFile(path, async (file) => {
      const format = await recognize(file);
      if (format === 'safetensors') {
        throw checkpointError('checkpoint-format', 'not a PyTorch file', {
          got: 'a safetensors file',
          fix: 'read it with readSafetensors or readCheckpoint',
        });
      }
      const archive = await openPth(file, format);
      const loader = new TensorLoader(file, archive);
      return { format, value: await convert(archive.value, loader, new Map(), '') };
    }),
  );
}

/** Opens a file of `torch.save` without reading tensors. */
export async function openPth(file: CheckpointFile, format: PthArchive['format']): Promise<PthArchive> {
  return format === 'pth' ? await openZip(file) : await openLegacy(file);
}

/** Recursion is safe: the value is a tree of limited depth. Shared values stay shared. */
async function convert(
  value: PickleValue,
  loader: TensorLoader,
  done: Map<object, PthValue>,
  path: string,
): Promise<PthValue> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const known = done.get(value);
  if (known !== undefined) return known;
  const result = await convertObject(value, loader, done, path);
  done.set(value, result);
  return result;
}

async function convertObject(
  value: Exclude<PickleValue, null | string | number | bigint | boolean | Uint8Array>,
  loader: TensorLoader,
  done: Map<object, PthValue>,
  path: string,
): Promise<PthValue> {
  if (value instanceof TensorRef) return await loader.load(value, path);
  if (value instanceof PickleGlobal) return { opaque: value.name };
  if (value instanceof PickleObject) return { opaque: value.what };
  const below = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (value instanceof Map) {
    const map = new Map<PthValue, PthValue>();
    for (const [key, item] of value) {
      const name = typeof key === 'object' ? '?' : String(key);
      map.set(await convert(key, loader, done, path), await convert(item, loader, done, below(name)));
    }
    return map;
  }
  const items = value instanceof PickleTuple ? value.items : [...value];
  const converted: PthValue[] = [];
  for (const [i, item] of items.entries())
    converted.push(await convert(item, loader, done, below(String(i))));
  return value instanceof Set ? new Set(converted) : converted;
}
