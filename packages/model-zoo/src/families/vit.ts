// ViT: Dosovitskiy et al. 2021 (arXiv 2010.11929). Also CLIP's (Radford et al. 2021, 2103.00020) and DINOv2's (Oquab et
// al. 2023, 2304.07193) image towers. Structure and names as in timm.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptTransformerState } from './shared/adapt-transformer-state.ts';
import { VisionTransformer, type VisionTransformerSettings } from './shared/vision-transformer.ts';

/** torchvision uses the names of `torch.nn.MultiheadAttention`, with the same order of query, key and value. */
function fromTorchvision(key: string): string {
  return key
    .replace(/^class_token$/, 'cls_token')
    .replace(/^encoder\.pos_embedding$/, 'pos_embed')
    .replace(/^conv_proj\./, 'patch_embed.proj.')
    .replace(/^encoder\.layers\.encoder_layer_(\d+)\./, 'blocks.$1.')
    .replace(/\.ln_([12])\./, '.norm$1.')
    .replace(/\.self_attention\.in_proj_/, '.attn.qkv.')
    .replace(/\.self_attention\.out_proj\./, '.attn.proj.')
    .replace(/\.mlp\.(?:0|linear_1)\./, '.mlp.fc1.')
    .replace(/\.mlp\.(?:3|linear_2)\./, '.mlp.fc2.')
    .replace(/^encoder\.ln\./, 'norm.')
    .replace(/^heads\.head\./, 'head.');
}

const tiny = { features: 192, depth: 12, heads: 3 } as const;
const small = { features: 384, depth: 12, heads: 6 } as const;
const medium = { features: 512, depth: 12, heads: 8 } as const;
const betwixt = { features: 640, depth: 12, heads: 10 } as const;
const base = { features: 768, depth: 12, heads: 12 } as const;
const large = { features: 1024, depth: 24, heads: 16 } as const;
const huge = { features: 1280, depth: 32, heads: 16 } as const;
const giant = { features: 1408, depth: 40, heads: 16, expansion: 48 / 11 } as const;
const gigantic = { features: 1664, depth: 48, heads: 16, expansion: 64 / 13 } as const;
const averaged = { pool: 'avg' } as const;
const averagedScaled = { pool: 'avg', qkvBias: false, layerScale: 1e-6 } as const;
const clip = { normBefore: true, epsilon: 1e-5 } as const;
const quickGelu = { ...clip, activation: 'quickGelu' } as const;
const dino = { patchSize: 14, imageSize: 518, layerScale: 1e-5 } as const;
const dinoGiant = {
  ...dino,
  features: 1536,
  depth: 40,
  heads: 24,
  expansion: 8 / 3,
  activation: 'swiGlu',
} as const;
const registers = { registers: 4, patchPositionsOnly: true } as const;

export const vit: AnyFamily = defineFamily<VisionTransformerSettings>({
  name: 'vit',
  build: (settings, options) => new VisionTransformer(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: ({ patchSize }) => ({ fixed: true, multipleOf: patchSize, minimum: patchSize }),
  explanation: { method: 'attention-rollout' },
  torchvision: {
    vit_b_16: 'vit_base_patch16_224',
    vit_b_32: 'vit_base_patch32_224',
    vit_l_16: 'vit_large_patch16_224',
    vit_l_32: 'vit_large_patch32_224',
    vit_h_14: 'vit_huge_patch14_224',
  },
  fromTorchvision,
  adaptState: adaptTransformerState,
  variants: {
    vit_tiny_patch16_224: { ...tiny, patchSize: 16 },
    vit_tiny_patch16_384: { ...tiny, patchSize: 16, imageSize: 384 },
    vit_small_patch8_224: { ...small, patchSize: 8 },
    vit_small_patch16_224: { ...small, patchSize: 16 },
    vit_small_patch16_384: { ...small, patchSize: 16, imageSize: 384 },
    vit_small_patch32_224: { ...small, patchSize: 32 },
    vit_small_patch32_384: { ...small, patchSize: 32, imageSize: 384 },
    vit_base_patch8_224: { ...base, patchSize: 8 },
    vit_base_patch16_224: { ...base, patchSize: 16 },
    vit_base_patch16_224_miil: { ...base, patchSize: 16, qkvBias: false },
    vit_base_patch16_384: { ...base, patchSize: 16, imageSize: 384 },
    vit_base_patch32_224: { ...base, patchSize: 32 },
    vit_base_patch32_384: { ...base, patchSize: 32, imageSize: 384 },
    vit_large_patch14_224: { ...large, patchSize: 14 },
    vit_large_patch16_224: { ...large, patchSize: 16 },
    vit_large_patch16_384: { ...large, patchSize: 16, imageSize: 384 },
    vit_large_patch32_224: { ...large, patchSize: 32 },
    vit_large_patch32_384: { ...large, patchSize: 32, imageSize: 384 },
    vit_huge_patch14_224: { ...huge, patchSize: 14 },
    vit_giant_patch14_224: { ...giant, patchSize: 14 },
    vit_gigantic_patch14_224: { ...gigantic, patchSize: 14 },
    vit_medium_patch16_gap_240: { ...medium, ...averagedScaled, patchSize: 16, imageSize: 240 },
    vit_medium_patch16_gap_256: { ...medium, ...averagedScaled, patchSize: 16, imageSize: 256 },
    vit_medium_patch16_gap_384: { ...medium, ...averagedScaled, patchSize: 16, imageSize: 384 },
    vit_betwixt_patch16_gap_256: { ...betwixt, ...averagedScaled, patchSize: 16, imageSize: 256 },
    vit_base_patch16_gap_224: { ...base, ...averaged, heads: 16, patchSize: 16 },
    vit_huge_patch14_gap_224: { ...huge, ...averaged, patchSize: 14 },
    vit_huge_patch16_gap_448: { ...huge, ...averaged, patchSize: 16, imageSize: 448 },
    vit_giant_patch16_gap_224: { ...giant, ...averaged, patchSize: 16 },
    vit_xsmall_patch16_clip_224: { features: 256, depth: 10, heads: 4, ...clip, patchSize: 16 },
    vit_medium_patch16_clip_224: { ...medium, ...clip, patchSize: 16 },
    vit_medium_patch32_clip_224: { ...medium, ...clip, patchSize: 32 },
    vit_betwixt_patch32_clip_224: { ...betwixt, ...clip, patchSize: 32 },
    vit_base_patch16_clip_224: { ...base, ...clip, patchSize: 16 },
    vit_base_patch16_clip_384: { ...base, ...clip, patchSize: 16, imageSize: 384 },
    vit_base_patch32_clip_224: { ...base, ...clip, patchSize: 32 },
    vit_base_patch32_clip_256: { ...base, ...clip, patchSize: 32, imageSize: 256 },
    vit_base_patch32_clip_384: { ...base, ...clip, patchSize: 32, imageSize: 384 },
    vit_base_patch32_clip_448: { ...base, ...clip, patchSize: 32, imageSize: 448 },
    vit_large_patch14_clip_224: { ...large, ...clip, patchSize: 14 },
    vit_large_patch14_clip_336: { ...large, ...clip, patchSize: 14, imageSize: 336 },
    vit_huge_patch14_clip_224: { ...huge, ...clip, patchSize: 14 },
    vit_huge_patch14_clip_336: { ...huge, ...clip, patchSize: 14, imageSize: 336 },
    vit_huge_patch14_clip_378: { ...huge, ...clip, patchSize: 14, imageSize: 378 },
    vit_giant_patch14_clip_224: { ...giant, ...clip, patchSize: 14 },
    vit_gigantic_patch14_clip_224: { ...gigantic, ...clip, patchSize: 14 },
    vit_gigantic_patch14_clip_378: { ...gigantic, ...clip, patchSize: 14, imageSize: 378 },
    vit_base_patch16_plus_clip_240: {
      features: 896,
      depth: 12,
      heads: 14,
      ...clip,
      patchSize: 16,
      imageSize: 240,
    },
    vit_base_patch16_clip_quickgelu_224: { ...base, ...quickGelu, patchSize: 16 },
    vit_base_patch32_clip_quickgelu_224: { ...base, ...quickGelu, patchSize: 32 },
    vit_large_patch14_clip_quickgelu_224: { ...large, ...quickGelu, patchSize: 14 },
    vit_large_patch14_clip_quickgelu_336: { ...large, ...quickGelu, patchSize: 14, imageSize: 336 },
    vit_huge_patch14_clip_quickgelu_224: { ...huge, ...quickGelu, patchSize: 14 },
    vit_huge_patch14_clip_quickgelu_378: { ...huge, ...quickGelu, patchSize: 14, imageSize: 378 },
    vit_gigantic_patch14_clip_quickgelu_224: { ...gigantic, ...quickGelu, patchSize: 14 },
    vit_small_patch14_dinov2: { ...small, ...dino },
    vit_base_patch14_dinov2: { ...base, ...dino },
    vit_large_patch14_dinov2: { ...large, ...dino },
    vit_giant_patch14_dinov2: dinoGiant,
    vit_small_patch14_reg4_dinov2: { ...small, ...dino, ...registers },
    vit_base_patch14_reg4_dinov2: { ...base, ...dino, ...registers },
    vit_large_patch14_reg4_dinov2: { ...large, ...dino, ...registers },
    vit_giant_patch14_reg4_dinov2: { ...dinoGiant, ...registers },
  },
});
