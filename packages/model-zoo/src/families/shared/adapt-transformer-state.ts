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
  const { patch_embed, fc_norm, norm, prefixTokens, patchPositionsOnly } = model as VisionTransformer;
  const adapted = new Map<string, StateTensor>();
  for (const [key, tensor] of state) {
    if (key.startsWith('pre_logits.')) continue;
    const named = key.replace(/\.gamma_([12])$/, '.ls$1.gamma');
    const moved = fc_norm !== null && norm === null ? named.replace(/^norm\./, 'fc_norm.') : named;
    const isPositions = key === 'pos_embed' && tensor.shape.length === 3;
    const prefix = patchPositionsOnly ? 0 : prefixTokens;
    adapted.set(moved, isPositions ? resizePositions(tensor, patch_embed.grid, prefix) : tensor);
  }
  return adapted;
}
