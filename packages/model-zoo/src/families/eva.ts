// EVA: Fang et al. 2023 (arXiv 2211.07636), EVA-02: Fang et al. 2023 (2303.11331), EVA-CLIP: Sun et al. 2023 (2303.15389).
// Structure and names as in timm.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptEvaState, Eva, type EvaSettings, evaInputRule } from './shared/eva-model.ts';

const rotary = { grid: 'index', temperature: 10000, reference: 16 } as const;
const expansion = 8 / 3;
const packed = { patchSize: 14, expansion, mlp: 'packedSwiGlu', rotary } as const;
const tiny = { features: 192, depth: 12, heads: 3, ...packed } as const;
const small = { features: 384, depth: 12, heads: 6, ...packed } as const;
const normed = { expansion, mlp: 'swiGlu', mlpNorm: true, separate: true, rotary } as const;
const base = { features: 768, depth: 12, heads: 12, ...normed } as const;
const large = { features: 1024, depth: 24, heads: 16, patchSize: 14, ...normed } as const;
const giant = { features: 1408, depth: 40, heads: 16, patchSize: 14, expansion: 6144 / 1408 } as const;
const clip = { attentionNorm: true, pool: 'token' } as const;

export const eva: AnyFamily = defineFamily<EvaSettings>({
  name: 'eva',
  build: (settings, options) => new Eva(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: evaInputRule,
  explanation: { method: 'attention-rollout' },
  adaptState: adaptEvaState,
  variants: {
    eva_giant_patch14_224: giant,
    eva_giant_patch14_336: { ...giant, imageSize: 336 },
    eva_giant_patch14_560: { ...giant, imageSize: 560 },
    eva_giant_patch14_clip_224: { ...giant, pool: 'token' },
    eva02_tiny_patch14_224: tiny,
    eva02_tiny_patch14_336: { ...tiny, imageSize: 336 },
    eva02_small_patch14_224: small,
    eva02_small_patch14_336: { ...small, imageSize: 336 },
    eva02_base_patch14_224: { ...base, patchSize: 14 },
    eva02_base_patch14_448: { ...base, patchSize: 14, imageSize: 448 },
    eva02_base_patch16_clip_224: { ...base, ...clip, patchSize: 16 },
    eva02_large_patch14_224: large,
    eva02_large_patch14_448: { ...large, imageSize: 448 },
    eva02_large_patch14_clip_224: { ...large, ...clip },
    eva02_large_patch14_clip_336: { ...large, ...clip, imageSize: 336 },
  },
});
