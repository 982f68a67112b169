// timm's own ViTs with registers (Darcet et al. 2023, arXiv 2309.16588), pooled by the mean of the patches: "searching for better
// ViT baselines". Widths and depths from Alabdulmohsin et al. 2023 (2305.13035) for so150m. Structure and names as in timm.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptTransformerState } from './shared/adapt-transformer-state.ts';
import { VisionTransformer, type VisionTransformerSettings } from './shared/vision-transformer.ts';

const shared = {
  patchSize: 16,
  imageSize: 256,
  pool: 'avg',
  normAfterPool: true,
  layerScale: 1e-5,
} as const;
const positionless = { ...shared, patchPositionsOnly: true } as const;
const wee = { ...positionless, features: 256, depth: 14, heads: 4, expansion: 5 } as const;
const little = { ...positionless, features: 320, depth: 14, heads: 5, expansion: 5.6 } as const;
const medium = { ...positionless, features: 512, depth: 12, heads: 8 } as const;
const mediumDeep = { ...medium, depth: 20, registers: 4 } as const;
const betwixt = { ...positionless, features: 640, depth: 12, heads: 10 } as const;
const base = { ...positionless, features: 768, depth: 12, heads: 12 } as const;
const so150m = {
  patchSize: 16,
  imageSize: 256,
  pool: 'avg',
  features: 896,
  depth: 18,
  heads: 14,
  expansion: 2.572,
  registers: 4,
} as const;
const so150m2 = {
  ...shared,
  features: 832,
  depth: 21,
  heads: 13,
  expansion: 34 / 13,
  qkvBias: false,
  registers: 1,
} as const;

export const sbbVit: AnyFamily = defineFamily<VisionTransformerSettings>({
  name: 'sbb-vit',
  build: (settings, options) => new VisionTransformer(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: ({ patchSize }) => ({ fixed: true, multipleOf: patchSize, minimum: patchSize }),
  explanation: { method: 'attention-rollout' },
  adaptState: adaptTransformerState,
  variants: {
    vit_wee_patch16_reg1_gap_256: { ...wee, registers: 1 },
    vit_little_patch16_reg1_gap_256: { ...little, registers: 1 },
    vit_little_patch16_reg4_gap_256: { ...little, registers: 4 },
    vit_medium_patch16_reg1_gap_256: { ...medium, registers: 1 },
    vit_medium_patch16_reg4_gap_256: { ...medium, registers: 4 },
    vit_mediumd_patch16_reg4_gap_256: mediumDeep,
    vit_mediumd_patch16_reg4_gap_384: { ...mediumDeep, imageSize: 384 },
    vit_betwixt_patch16_reg1_gap_256: { ...betwixt, registers: 1 },
    vit_betwixt_patch16_reg4_gap_256: { ...betwixt, registers: 4 },
    vit_betwixt_patch16_reg4_gap_384: { ...betwixt, registers: 4, imageSize: 384 },
    vit_base_patch16_reg4_gap_256: { ...base, registers: 4, layerScale: undefined },
    vit_so150m_patch16_reg4_gap_256: so150m,
    vit_so150m_patch16_reg4_gap_384: { ...so150m, imageSize: 384 },
    vit_so150m2_patch16_reg1_gap_256: so150m2,
    vit_so150m2_patch16_reg1_gap_384: { ...so150m2, imageSize: 384 },
    vit_so150m2_patch16_reg1_gap_448: { ...so150m2, imageSize: 448 },
  },
});
