// SigLIP: Zhai et al. 2023 (arXiv 2303.15343), SigLIP 2: Tschannen et al. 2025 (2502.14786). Image towers with timm's structure
// and names. The tokens are pooled by a learned query, in the variants with gap by their mean.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptTransformerState } from './shared/adapt-transformer-state.ts';
import { VisionTransformer, type VisionTransformerSettings } from './shared/vision-transformer.ts';

const base = { features: 768, depth: 12, heads: 12 } as const;
const large = { features: 1024, depth: 24, heads: 16 } as const;
const so400m = { features: 1152, depth: 27, heads: 16, expansion: 3.7362 } as const;
const giantOpt = { features: 1536, depth: 40, heads: 16 } as const;
const map = { pool: 'map' } as const;
const mean = { pool: 'avg' } as const;
const activation = 'geluTanh' as const;

export const siglip: AnyFamily = defineFamily<VisionTransformerSettings>({
  name: 'siglip',
  build: (settings, options) => new VisionTransformer(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: ({ patchSize }) => ({ fixed: true, multipleOf: patchSize, minimum: patchSize }),
  explanation: { method: 'attention-rollout' },
  adaptState: adaptTransformerState,
  variants: {
    vit_base_patch16_siglip_224: { ...base, ...map, patchSize: 16 },
    vit_base_patch16_siglip_256: { ...base, ...map, patchSize: 16, imageSize: 256 },
    vit_base_patch16_siglip_384: { ...base, ...map, patchSize: 16, imageSize: 384 },
    vit_base_patch16_siglip_512: { ...base, ...map, patchSize: 16, imageSize: 512 },
    vit_base_patch32_siglip_256: { ...base, ...map, patchSize: 32, imageSize: 256, activation },
    vit_base_patch16_siglip_gap_224: { ...base, ...mean, patchSize: 16 },
    vit_base_patch16_siglip_gap_256: { ...base, ...mean, patchSize: 16, imageSize: 256 },
    vit_base_patch16_siglip_gap_384: { ...base, ...mean, patchSize: 16, imageSize: 384 },
    vit_base_patch16_siglip_gap_512: { ...base, ...mean, patchSize: 16, imageSize: 512 },
    vit_base_patch32_siglip_gap_256: { ...base, ...mean, patchSize: 32, imageSize: 256, activation },
    vit_large_patch16_siglip_256: { ...large, ...map, patchSize: 16, imageSize: 256 },
    vit_large_patch16_siglip_384: { ...large, ...map, patchSize: 16, imageSize: 384 },
    vit_large_patch16_siglip_512: { ...large, ...map, patchSize: 16, imageSize: 512, activation },
    vit_large_patch16_siglip_gap_256: { ...large, ...mean, patchSize: 16, imageSize: 256 },
    vit_large_patch16_siglip_gap_384: { ...large, ...mean, patchSize: 16, imageSize: 384 },
    vit_large_patch16_siglip_gap_512: { ...large, ...mean, patchSize: 16, imageSize: 512, activation },
    vit_so400m_patch14_siglip_224: { ...so400m, ...map, patchSize: 14 },
    vit_so400m_patch14_siglip_378: { ...so400m, ...map, patchSize: 14, imageSize: 378 },
    vit_so400m_patch14_siglip_384: { ...so400m, ...map, patchSize: 14, imageSize: 384 },
    vit_so400m_patch16_siglip_256: { ...so400m, ...map, patchSize: 16, imageSize: 256, activation },
    vit_so400m_patch16_siglip_384: { ...so400m, ...map, patchSize: 16, imageSize: 384, activation },
    vit_so400m_patch16_siglip_512: { ...so400m, ...map, patchSize: 16, imageSize: 512, activation },
    vit_so400m_patch14_siglip_gap_224: { ...so400m, ...mean, patchSize: 14 },
    vit_so400m_patch14_siglip_gap_378: { ...so400m, ...mean, patchSize: 14, imageSize: 378 },
    vit_so400m_patch14_siglip_gap_384: { ...so400m, ...mean, patchSize: 14, imageSize: 384 },
    vit_so400m_patch14_siglip_gap_448: { ...so400m, ...mean, patchSize: 14, imageSize: 448 },
    vit_so400m_patch14_siglip_gap_896: { ...so400m, ...mean, patchSize: 14, imageSize: 896 },
    vit_so400m_patch16_siglip_gap_256: { ...so400m, ...mean, patchSize: 16, imageSize: 256, activation },
    vit_so400m_patch16_siglip_gap_384: { ...so400m, ...mean, patchSize: 16, imageSize: 384, activation },
    vit_so400m_patch16_siglip_gap_512: { ...so400m, ...mean, patchSize: 16, imageSize: 512, activation },
    vit_giantopt_patch16_siglip_256: { ...giantOpt, ...map, patchSize: 16, imageSize: 256, activation },
    vit_giantopt_patch16_siglip_384: { ...giantOpt, ...map, patchSize: 16, imageSize: 384, activation },
    vit_giantopt_patch16_siglip_gap_256: { ...giantOpt, ...mean, patchSize: 16, imageSize: 256, activation },
    vit_giantopt_patch16_siglip_gap_384: { ...giantOpt, ...mean, patchSize: 16, imageSize: 384, activation },
  },
});
