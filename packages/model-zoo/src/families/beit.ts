// BEiT: Bao et al. 2022 (arXiv 2106.08254), BEiT v2: Peng et al. 2022 (2208.06366). Structure and names as in timm.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptEvaState, Eva, type EvaSettings, evaInputRule } from './shared/eva-model.ts';

const shared = { patchSize: 16, positions: 'none', relativeBias: true } as const;
const base = { ...shared, features: 768, depth: 12, heads: 12 } as const;
const large = { ...shared, features: 1024, depth: 24, heads: 16, layerScale: 1e-5 } as const;

export const beit: AnyFamily = defineFamily<EvaSettings>({
  name: 'beit',
  build: (settings, options) => new Eva(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: evaInputRule,
  explanation: { method: 'attention-rollout' },
  adaptState: adaptEvaState,
  variants: {
    beit_base_patch16_224: { ...base, layerScale: 0.1 },
    beit_base_patch16_384: { ...base, layerScale: 0.1, imageSize: 384 },
    beit_large_patch16_224: large,
    beit_large_patch16_384: { ...large, imageSize: 384 },
    beit_large_patch16_512: { ...large, imageSize: 512 },
    beitv2_base_patch16_224: { ...base, layerScale: 1e-5 },
    beitv2_large_patch16_224: large,
  },
});
