// DeiT: Touvron et al. 2021 (arXiv 2012.12877), DeiT III: Touvron et al. 2022 (2204.07118). Structure and names as in timm.
// The distilled variants return the mean of both classifiers, in training too.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptTransformerState } from './shared/adapt-transformer-state.ts';
import { VisionTransformer, type VisionTransformerSettings } from './shared/vision-transformer.ts';

const tiny = { patchSize: 16, features: 192, depth: 12, heads: 3 } as const;
const small = { patchSize: 16, features: 384, depth: 12, heads: 6 } as const;
const medium = { patchSize: 16, features: 512, depth: 12, heads: 8 } as const;
const base = { patchSize: 16, features: 768, depth: 12, heads: 12 } as const;
const large = { patchSize: 16, features: 1024, depth: 24, heads: 16 } as const;
const huge = { patchSize: 14, features: 1280, depth: 32, heads: 16 } as const;
const distilled = true;
const third = { patchPositionsOnly: true, layerScale: 1e-6 } as const;

export const deit: AnyFamily = defineFamily<VisionTransformerSettings>({
  name: 'deit',
  build: (settings, options) => new VisionTransformer(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: ({ patchSize }) => ({ fixed: true, multipleOf: patchSize, minimum: patchSize }),
  explanation: { method: 'attention-rollout' },
  adaptState: adaptTransformerState,
  variants: {
    deit_tiny_patch16_224: tiny,
    deit_small_patch16_224: small,
    deit_base_patch16_224: base,
    deit_base_patch16_384: { ...base, imageSize: 384 },
    deit_tiny_distilled_patch16_224: { ...tiny, distilled },
    deit_small_distilled_patch16_224: { ...small, distilled },
    deit_base_distilled_patch16_224: { ...base, distilled },
    deit_base_distilled_patch16_384: { ...base, distilled, imageSize: 384 },
    deit3_small_patch16_224: { ...small, ...third },
    deit3_small_patch16_384: { ...small, ...third, imageSize: 384 },
    deit3_medium_patch16_224: { ...medium, ...third },
    deit3_base_patch16_224: { ...base, ...third },
    deit3_base_patch16_384: { ...base, ...third, imageSize: 384 },
    deit3_large_patch16_224: { ...large, ...third },
    deit3_large_patch16_384: { ...large, ...third, imageSize: 384 },
    deit3_huge_patch14_224: { ...huge, ...third },
  },
});
