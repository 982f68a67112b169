import { PodiumError } from '@podium/core';
import { headPath, type ImageModel, type LinearProbe, MultiHead } from '@podium/model-zoo';
import { loadStateDict, type StateTensor } from '@podium/nn';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import type { TargetScales } from './head-loss.ts';
import { scalesOf } from './target-scales.ts';

/**
 * Loads the probes that `fit-probe` wrote into the classifiers of a model with these heads: one network that gives logits, and
 * standardized numbers.
 * @returns what restores the numbers, by head
 */
export async function loadProbe(
  model: ImageModel,
  path: string,
  heads: readonly string[],
): Promise<TargetScales> {
  const { tensors, metadata } = await readSafetensors(path);
  model.makeClassifierLinear();
  const state = new Map<string, StateTensor>();
  const several = model.getSubmodule(model.classifierPath) instanceof MultiHead;
  for (const [h, head] of heads.entries()) {
    const { weight, bias, mean, std } = probeOf(tensors, path, h);
    const [features, classes] = [mean.length, bias.length];
    // Standardizing is linear, so it can be folded into the weights: ((x - mean) / std) W + b.
    const folded = new Float32Array(features * classes);
    const shifted = Float64Array.from(bias);
    for (let f = 0; f < features; f++) {
      for (let k = 0; k < classes; k++) {
        const value = weight[f * classes + k]! / std[f]!;
        folded[k * features + f] = value;
        shifted[k] = shifted[k]! - mean[f]! * value;
      }
    }
    const place = several ? `${model.classifierPath}.${headPath(head)}` : model.classifierPath;
    state.set(`${place}.weight`, { dtype: 'float32', shape: [classes, features], data: folded });
    state.set(`${place}.bias`, { dtype: 'float32', shape: [classes], data: Float32Array.from(shifted) });
  }
  loadStateDict(model, state, { strict: false });
  return scalesOf(metadata, path);
}

/** The probe of one head, by its number, from a file that `fit-probe` wrote. */
export async function readProbe(path: string, head: number): Promise<LinearProbe> {
  const { tensors } = await readSafetensors(path);
  return probeOf(tensors, path, head);
}

function probeOf(tensors: ReadonlyMap<string, StateTensor>, path: string, head: number): LinearProbe {
  const part = (name: string): Float32Array => {
    const tensor = tensors.get(`${head}.${name}`);
    if (tensor !== undefined) return tensor.data as Float32Array;
    throw new PodiumError({
      code: 'probe-missing',
      path: { file: path, key: `${head}.${name}` },
      got: 'nothing',
    });
  };
  return { weight: part('weight'), bias: part('bias'), mean: part('mean'), std: part('std') };
}
