import { PodiumError } from '@podium/core';
import { float32Of, type StateDict, type StateTensor, stateShapes } from '@podium/nn';
import { renderShape } from '@podium/nn/checkpoint-files';
import { compareState, type LoadReport, renderLoadReport } from './checkpoints/compare-state.ts';
import { matchNames, type Naming } from './checkpoints/match-names.ts';
import { unreadableTensor } from './checkpoints/read-checkpoint.ts';
import type { AnyFamily } from './family.ts';
import { type ImageModel, isClassifier } from './image-model.ts';

/** A checkpoint adapted to a model, and how it fits. */
export interface AdaptedState {
  readonly state: StateDict;
  readonly report: LoadReport;
  /** What was removed from all names: `model.`; empty for nothing. */
  readonly prefix: string;
}

/** How well the names in a checkpoint fit a model: how many of its names they are, whatever their prefix. */
export function nameFit(
  model: ImageModel,
  family: AnyFamily,
  settings: unknown,
): (names: readonly string[]) => number {
  const wanted = stateShapes(model);
  return (names) => matchNames(names, wanted, translations(family, settings)).matched;
}

/**
 * Adapts a checkpoint to a model: removes prefixes, translates torchvision's names, resizes to another image size and number of
 * input channels, and drops a classifier for other classes. Axes of one value may be more or fewer, and trailing axes may be
 * flattened; nothing else is reshaped.
 *
 * @param name of the checkpoint, for messages
 * @param unreadable tensors of the checkpoint that cannot be read, see `readCheckpoint`
 * @throws PodiumError `zoo-weights` if anything but the classifier is missing or does not fit, or several models fit;
 * `checkpoint-unsupported` if a tensor of the model is among those that cannot be read
 */
export function adaptState(
  given: StateDict,
  model: ImageModel,
  family: AnyFamily,
  settings: unknown,
  name: string,
  unreadable: ReadonlyMap<string, string> = new Map(),
): AdaptedState {
  const wanted = stateShapes(model);
  const naming = namingOf(given, unreadable, wanted, family, settings, name);
  const renamed = rename(given, naming, wanted);
  for (const [key, what] of rename(unreadable, naming, wanted)) {
    // A counter or an index is not needed.
    if (wanted.has(key) && !isOptional(key)) throw inCheckpoint(unreadableTensor(key, what), name);
  }
  assertChannelsFirst(renamed, wanted, name);
  const state = new Map(family.adaptState?.(renamed, model) ?? renamed);
  const originals = new Map<string, readonly number[]>();
  for (const [key, shape] of wanted) {
    const tensor = state.get(key);
    if (tensor === undefined) continue;
    const before = renamed.get(key)?.shape ?? tensor.shape;
    const fitted = fitShape(key, tensor, shape, model);
    state.set(key, fitted);
    if (fitted !== tensor || String(before) !== String(tensor.shape)) originals.set(key, before);
  }
  const dropped = [...state.keys()].filter(
    (key) => isClassifier(key, model) && !fitsShape(state.get(key), wanted.get(key)),
  );
  // Weight and bias of a classifier are dropped together.
  const heads = dropped.length > 0 ? [...state.keys()].filter((key) => isClassifier(key, model)) : [];
  for (const key of heads) state.delete(key);
  const report = compareState(wanted, state, originals);
  const isFatal = ({ name: key }: { readonly name: string }) => !isClassifier(key, model) && !isOptional(key);
  if (report.mismatched.length > 0 || report.missing.some(isFatal)) {
    throw new PodiumError({
      code: 'zoo-weights',
      path: { file: name },
      message: `these weights do not fit ${model.constructor.name}`,
      details: renderLoadReport(report).split('\n'),
      fix: isShard(name)
        ? 'this file is one of several of a checkpoint: merge them into one file, in Python with safetensors or torch'
        : 'use weights of exactly this architecture',
    });
  }
  return { state, report, prefix: naming.prefix };
}

/** Whether a model does without it: a counter, or an index that follows from the shape of windows. */
function isOptional(key: string): boolean {
  return /(num_batches_tracked|relative_position_index|attention_bias_idxs)$/.test(key);
}

/** `model-00001-of-00003.safetensors` */
function isShard(name: string): boolean {
  return /-\d{3,}-of-\d{3,}\.\w+$/.test(name);
}

function inCheckpoint(error: PodiumError, file: string): PodiumError {
  return new PodiumError({ ...error.problem, path: { ...error.problem.path, file } }, { cause: error });
}

/**
 * Refuses files whose convolutions are `(O, H, W, I)`, as other frameworks store them. Some of their tensors have the right shape
 * by chance, such as a first convolution of 3 x 3 on three channels.
 */
function assertChannelsFirst(
  state: StateDict,
  wanted: ReadonlyMap<string, readonly number[]>,
  name: string,
): void {
  for (const [key, shape] of wanted) {
    const given = state.get(key)?.shape;
    if (shape.length !== 4 || given?.length !== 4 || String(given) === String(shape)) continue;
    const [o, i, h, w] = shape;
    const order = [
      ['(O, H, W, I)', [o, h, w, i], '(0, 3, 1, 2)'],
      ['(H, W, I, O)', [h, w, i, o], '(3, 2, 0, 1)'],
    ].find(([, axes]) => String(axes) === String(given));
    if (order === undefined) continue;
    throw new PodiumError({
      code: 'zoo-weights',
      path: { file: name, key },
      message: `the convolutions of this file are ${order[0]}, channels last`,
      expected: `(O, I, H, W), here ${renderShape(shape)}`,
      got: renderShape(given),
      fix: `transpose the convolutions before saving, in PyTorch: weight.permute${order[2]}.contiguous()`,
    });
  }
}

function translations(
  { fromTorchvision, keyMaps = {} }: AnyFamily,
  settings: unknown,
): ((name: string) => string | undefined)[] {
  const maps = [...(fromTorchvision === undefined ? [] : [fromTorchvision]), ...Object.values(keyMaps)];
  return maps.map((map) => (name) => map(name, settings));
}

function namingOf(
  given: StateDict,
  unreadable: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, unknown>,
  family: AnyFamily,
  settings: unknown,
  name: string,
): Naming {
  try {
    return matchNames([...given.keys(), ...unreadable.keys()], wanted, translations(family, settings));
  } catch (error) {
    throw error instanceof PodiumError ? inCheckpoint(error, name) : error;
  }
}

/** Names as the model has them. What is not below the prefix keeps its name, unless the model has one like it. */
function rename<T>(
  given: ReadonlyMap<string, T>,
  { prefix, translate }: Naming,
  wanted: { readonly has: (name: string) => boolean },
): Map<string, T> {
  const renamed = new Map<string, T>();
  for (const [key, value] of given) {
    if (key.startsWith(prefix)) {
      const rest = key.slice(prefix.length);
      renamed.set(translate(rest) ?? rest, value);
    }
  }
  for (const [key, value] of given) if (!key.startsWith(prefix) && !wanted.has(key)) renamed.set(key, value);
  return renamed;
}

function fitsShape(tensor: StateTensor | undefined, shape: readonly number[] | undefined): boolean {
  return tensor !== undefined && shape !== undefined && String(tensor.shape) === String(shape);
}

function fitShape(
  key: string,
  tensor: StateTensor,
  shape: readonly number[],
  model: ImageModel,
): StateTensor {
  if (String(tensor.shape) === String(shape)) return tensor;
  const { firstConvPath, firstConvPaths = [firstConvPath] } = model;
  if (firstConvPaths.some((path) => key === `${path}.weight`) && hasOtherChannels(tensor.shape, shape))
    return adaptInputChannels(tensor, shape[1]!);
  return isSameOrder(tensor.shape, shape) ? { ...tensor, shape } : tensor;
}

/** Whether two convolutions differ in nothing but their input channels. */
function hasOtherChannels(given: readonly number[], shape: readonly number[]): boolean {
  return (
    given.length === 4 && shape.length === 4 && given.every((extent, i) => i === 1 || extent === shape[i])
  );
}

/**
 * Whether the same values in the same order have both shapes: with axes of one value more or fewer, or with trailing axes
 * flattened, as a linear layer has them where another is a convolution over the whole map. Equal sizes alone say nothing.
 */
function isSameOrder(a: readonly number[], b: readonly number[]): boolean {
  if (a.length === b.length) return false;
  const longer = (shape: readonly number[]) => String(shape.filter((extent) => extent !== 1));
  if (longer(a) === longer(b)) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const kept = short.length - 1;
  return (
    kept > 0 &&
    String(short.slice(0, kept)) === String(long.slice(0, kept)) &&
    short[kept] === sizeOf(long.slice(kept))
  );
}

/**
 * Adapts a first convolution `[O,I,kh,kw]` to another number of input channels, as timm does: one channel gets the sum over
 * all channels; more channels repeat them in turn, scaled so that the outputs keep their magnitude.
 */
export function adaptInputChannels(weight: StateTensor, channels: number): StateTensor {
  const [out, into, ...kernel] = weight.shape as [number, number, number, number];
  if (into === channels) return weight;
  const taps = sizeOf(kernel);
  const from = float32Of(weight);
  const data = new Float32Array(out * channels * taps);
  for (let o = 0; o < out; o++) {
    for (let c = 0; c < channels; c++) {
      for (let tap = 0; tap < taps; tap++) {
        const at = (o * channels + c) * taps + tap;
        if (channels === 1) {
          let sum = 0;
          for (let i = 0; i < into; i++) sum += from[(o * into + i) * taps + tap]!;
          data[at] = sum;
        } else {
          data[at] = from[(o * into + (c % into)) * taps + tap]! * (into / channels);
        }
      }
    }
  }
  return { dtype: 'float32', shape: [out, channels, ...kernel], data };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}
