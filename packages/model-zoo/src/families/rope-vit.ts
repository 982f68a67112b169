// RoPE-ViT: Heo et al. 2024 (arXiv 2403.13298), the variants with one angle per axis and position, and timm's own models with
// rotary embeddings (rope_reg). Structure and names as in timm.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptEvaState, Eva, type EvaSettings, evaInputRule } from './shared/eva-model.ts';

const small = { features: 384, depth: 12, heads: 6 } as const;
const medium = { features: 512, depth: 12, heads: 8 } as const;
const betwixt = { features: 640, depth: 12, heads: 10 } as const;
const base = { features: 768, depth: 12, heads: 12 } as const;
const large = { features: 1024, depth: 24, heads: 16 } as const;
const axial = {
  patchSize: 16,
  biases: 'all',
  layerScale: 1e-5,
  pool: 'token',
  rotary: { grid: 'index', temperature: 100, columnsFirst: true },
} as const;
const positions = 'none';
const registers = {
  patchSize: 16,
  imageSize: 256,
  classToken: false,
  layerScale: 1e-5,
  positions,
  rotary: { grid: 'index', temperature: 10000, reference: 16 },
} as const;

export const ropeVit: AnyFamily = defineFamily<EvaSettings>({
  name: 'rope-vit',
  build: (settings, options) => new Eva(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: evaInputRule,
  explanation: { method: 'attention-rollout' },
  adaptState: adaptEvaState,
  variants: {
    vit_small_patch16_rope_224: { ...small, ...axial, positions },
    vit_base_patch16_rope_224: { ...base, ...axial, positions },
    vit_large_patch16_rope_224: { ...large, ...axial, positions },
    vit_small_patch16_rope_ape_224: { ...small, ...axial, positions: 'patches' },
    vit_base_patch16_rope_ape_224: { ...base, ...axial, positions: 'patches' },
    vit_large_patch16_rope_ape_224: { ...large, ...axial, positions: 'patches' },
    vit_medium_patch16_rope_reg1_gap_256: { ...medium, ...registers, registers: 1 },
    vit_mediumd_patch16_rope_reg1_gap_256: {
      ...medium,
      ...registers,
      depth: 20,
      registers: 1,
      biases: 'none',
    },
    vit_betwixt_patch16_rope_reg4_gap_256: { ...betwixt, ...registers, registers: 4 },
    vit_base_patch16_rope_reg1_gap_256: { ...base, ...registers, registers: 1 },
  },
});
