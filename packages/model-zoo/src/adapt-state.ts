import { PodiumError } from '@podium/core';
import { float32Of, type StateDict, type StateTensor, stateShapes } from '@podium/nn';
import { compareState, type LoadReport, renderLoadReport } from './checkpoints/compare-state.ts';
import type { AnyFamily } from './family.ts';
import { type ImageModel, isClassifier } from './image-model.ts';

/** A checkpoint adapted to a model, and how it fits. */
export interface AdaptedState {
  readonly state: StateDict;
  readonly report: LoadReport;
}

/**
 * Adapts a checkpoint to a model: translates torchvision's names, resizes to another image size and number of input channels,
 * and drops a classifier for other classes.
 *
 * @param name of the checkpoint, for messages
 * @throws PodiumError `zoo-weights` if anything but the classifier is missing or does not fit
 */
export function adaptState(
  given: StateDict,
  model: ImageModel,
  family: AnyFamily,
  settings: unknown,
  name: string,
): AdaptedState {
  const wanted = stateShapes(model);
  const renamed = rename(given, wanted, family, settings);
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
  const isFatal = ({ name: key }: { readonly name: string }) =>
    !isClassifier(key, model) && !/(num_batches_tracked|relative_position_index)$/.test(key);
  if (report.mismatched.length > 0 || report.missing.some(isFatal)) {
    throw new PodiumError({
      code: 'zoo-weights',
      path: { file: name },
      message: `these weights do not fit ${model.constructor.name}:\n${renderLoadReport(report)}`,
      fix: 'use weights of exactly this architecture',
    });
  }
  return { state, report };
}

/** Translates names by the scheme that matches most of them. */
function rename(
  given: StateDict,
  wanted: ReadonlyMap<string, unknown>,
  { fromTorchvision, keyMaps = {} }: AnyFamily,
  settings: unknown,
): StateDict {
  const maps = [...(fromTorchvision === undefined ? [] : [fromTorchvision]), ...Object.values(keyMaps)];
  const count = (state: StateDict) => [...state.keys()].filter((key) => wanted.has(key)).length;
  let best = given;
  for (const map of maps) {
    const mapped = new Map<string, StateTensor>();
    for (const [key, tensor] of given) mapped.set(map(key, settings) ?? key, tensor);
    if (count(mapped) > count(best)) best = mapped;
  }
  return best;
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
  if (key === `${model.firstConvPath}.weight` && shape.length === 4)
    return adaptInputChannels(tensor, shape[1]!);
  // The same values in another shape: a linear layer as a convolution over the whole map.
  if (sizeOf(tensor.shape) === sizeOf(shape) && tensor.shape[0] === shape[0]) return { ...tensor, shape };
  return tensor;
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
