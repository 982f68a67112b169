// DINOv3: Simeoni et al. 2025 (arXiv 2508.10104), LingBot-Vision: Fu et al. 2026 (2607.05247). Structure and names as in timm,
// which pools DINOv3 by the mean of the patches. Without learned positions, they take images of any size.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptEvaState, Eva, type EvaSettings, evaInputRule } from './shared/eva-model.ts';

const shared = {
  patchSize: 16,
  registers: 4,
  positions: 'none',
  rotary: { grid: 'centered', temperature: 100, halves: true },
  anySize: true,
  layerScale: 1e-5,
  lastNorm: 'before',
  epsilon: 1e-5,
} as const;
const v3 = { ...shared, imageSize: 256, biases: 'none' } as const;
const v3WithBias = { ...shared, imageSize: 256 } as const;
const lingbot = { ...shared, imageSize: 512, pool: 'token' } as const;
const tiny = { features: 192, depth: 12, heads: 3 } as const;
const small = { features: 384, depth: 12, heads: 6 } as const;
const base = { features: 768, depth: 12, heads: 12 } as const;
const large = { features: 1024, depth: 24, heads: 16 } as const;
const huge = { features: 1280, depth: 32, heads: 20 } as const;
const giant = { features: 1536, depth: 40, heads: 24, expansion: 8 / 3 } as const;
const gated = { mlp: 'swiGlu', multipleOf: 8 } as const;

export const dinov3: AnyFamily = defineFamily<EvaSettings>({
  name: 'dinov3',
  build: (settings, options) => new Eva(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: evaInputRule,
  explanation: { method: 'attention-rollout' },
  adaptState: adaptEvaState,
  variants: {
    vit_tiny_patch16_dinov3_qkvb: { ...tiny, ...v3WithBias },
    vit_small_patch16_dinov3: { ...small, ...v3 },
    vit_small_patch16_dinov3_qkvb: { ...small, ...v3WithBias },
    vit_small_plus_patch16_dinov3: { ...small, ...v3, ...gated },
    vit_small_plus_patch16_dinov3_qkvb: { ...small, ...v3WithBias, ...gated },
    vit_base_patch16_dinov3: { ...base, ...v3 },
    vit_base_patch16_dinov3_qkvb: { ...base, ...v3WithBias },
    vit_large_patch16_dinov3: { ...large, ...v3 },
    vit_large_patch16_dinov3_qkvb: { ...large, ...v3WithBias },
    vit_huge_plus_patch16_dinov3: { ...huge, ...v3, ...gated },
    vit_huge_plus_patch16_dinov3_qkvb: { ...huge, ...v3WithBias, ...gated },
    vit_small_patch16_lingbot: { ...small, ...lingbot },
    vit_base_patch16_lingbot: { ...base, ...lingbot },
    vit_large_patch16_lingbot: { ...large, ...lingbot },
    vit_giant_patch16_lingbot: { ...giant, ...lingbot, ...gated, biases: 'none' },
  },
});
