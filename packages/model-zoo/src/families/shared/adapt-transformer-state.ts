import type { StateDict, StateTensor } from '@podium/nn';
import type { ImageModel } from '../../image-model.ts';
import { resizePositions } from './resize-positions.ts';
import type { VisionTransformer } from './vision-transformer.ts';

/**
 * Adapts the checkpoint of a vision transformer: resizes position embeddings, translates the first published names of DeiT
 * III's layer scales, moves the norm for models with other pooling, and drops the hidden layer that early checkpoints had
 * before their classifier.
 */
export function adaptTransformerState(state: StateDict, model: ImageModel): StateDict {
  return adaptTokens(state, model as VisionTransformer, (key) =>
    key.startsWith('pre_logits.') ? undefined : key.replace(/\.gamma_([12])$/, '.ls$1.gamma'),
  );
}

/**
 * Resizes position embeddings, and moves the last norm for models that have it after pooling.
 * @param keyOf the model's name of a checkpoint's tensor; undefined drops it
 */
export function adaptTokens(
  state: StateDict,
  model: Pick<VisionTransformer, 'prefixTokens' | 'patchPositionsOnly'> & {
    readonly patch_embed: Pick<VisionTransformer['patch_embed'], 'grid'>;
    readonly fc_norm: unknown;
    readonly norm: unknown;
  },
  keyOf: (key: string) => string | undefined,
): Map<string, StateTensor> {
  const { patch_embed, fc_norm, norm, prefixTokens, patchPositionsOnly } = model;
  const adapted = new Map<string, StateTensor>();
  for (const [key, tensor] of state) {
    const named = keyOf(key);
    if (named === undefined) continue;
    const moved = fc_norm !== null && norm === null ? named.replace(/^norm\./, 'fc_norm.') : named;
    const isPositions = key === 'pos_embed' && tensor.shape.length === 3;
    const prefix = patchPositionsOnly ? 0 : prefixTokens;
    adapted.set(moved, isPositions ? resizePositions(tensor, patch_embed.grid, prefix) : tensor);
  }
  return adapted;
}
