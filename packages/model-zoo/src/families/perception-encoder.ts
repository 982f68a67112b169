// Perception Encoder: Bolya et al. 2025 (arXiv 2504.13181). Structure and names as in timm. The core models pool by a learned
// query; the others are made for other tasks than classification.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptEvaState, Eva, type EvaSettings, evaInputRule } from './shared/eva-model.ts';

const shared = { biases: 'all', normBefore: true, epsilon: 1e-5 } as const;
const rotary = (reference: number, offset: number) =>
  ({ grid: 'index', temperature: 10000, reference, offset, columnsFirst: true }) as const;
const core = { ...shared, pool: 'map', poolHeads: 8 } as const;
const headless = { ...shared, lastNorm: 'none' } as const;
const tiny = { features: 192, depth: 12, heads: 3, patchSize: 16 } as const;
const small = { features: 384, depth: 12, heads: 6, patchSize: 16 } as const;
const base = { features: 768, depth: 12, heads: 12, patchSize: 16 } as const;
const large = { features: 1024, depth: 24, heads: 16, patchSize: 14 } as const;
const gigantic = {
  features: 1536,
  depth: 50,
  heads: 16,
  patchSize: 14,
  expansion: 8960 / 1536,
  classToken: false,
  imageSize: 448,
  rotary: rotary(32, 0),
} as const;

export const perceptionEncoder: AnyFamily = defineFamily<EvaSettings>({
  name: 'perception-encoder',
  build: (settings, options) => new Eva(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: evaInputRule,
  explanation: { method: 'attention-rollout' },
  adaptState: adaptEvaState,
  variants: {
    vit_pe_core_tiny_patch16_384: { ...tiny, ...core, imageSize: 384, rotary: rotary(24, 1) },
    vit_pe_core_small_patch16_384: { ...small, ...core, imageSize: 384, rotary: rotary(24, 1) },
    vit_pe_core_base_patch16_224: { ...base, ...core, rotary: rotary(14, 1) },
    vit_pe_core_large_patch14_336: { ...large, ...core, imageSize: 336, rotary: rotary(24, 1) },
    vit_pe_core_gigantic_patch14_448: { ...gigantic, ...core },
    vit_pe_lang_large_patch14_448: {
      ...large,
      ...headless,
      depth: 23,
      imageSize: 448,
      layerScale: 0.1,
      rotary: rotary(32, 1),
    },
    vit_pe_lang_gigantic_patch14_448: { ...gigantic, ...headless, depth: 47, layerScale: 0.1 },
    vit_pe_spatial_tiny_patch16_512: { ...tiny, ...headless, imageSize: 512, rotary: rotary(32, 1) },
    vit_pe_spatial_small_patch16_512: { ...small, ...headless, imageSize: 512, rotary: rotary(32, 1) },
    vit_pe_spatial_base_patch16_512: { ...base, ...headless, imageSize: 512, rotary: rotary(32, 1) },
    vit_pe_spatial_large_patch14_448: { ...large, ...headless, imageSize: 448, rotary: rotary(32, 1) },
    vit_pe_spatial_gigantic_patch14_448: { ...gigantic, ...headless, layerScale: 0.1 },
  },
});
