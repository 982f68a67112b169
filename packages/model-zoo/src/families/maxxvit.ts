// CoAtNet: Dai et al. 2021 (arXiv 2106.04803), MaxViT: Tu et al. 2022 (2204.01697), and timm's variants of both: rw with other
// defaults, rmlp with biases by relative position from a network, MaxxViT and CoAtNeXt with ConvNeXt blocks. Structure and names as
// in timm.
import { type AnyFamily, defineFamily } from '../family.ts';
import { adaptMaxxVitState, MaxxVit, type MaxxVitSettings, PARTITION } from './shared/maxxvit-model.ts';

const rw = { expandInput: true, outputBias: false, activation: 'silu' } as const;
const rwCoat = { ...rw, activateFirst: true } as const;
const rwGateFirst = { ...rwCoat, gateFirst: true, gateActivation: 'relu' } as const;
const rwMax = { ...rw, gateRatio: 1 / 16 } as const;
const rwBiased = { expandInput: true, activation: 'silu' } as const;
const convNext = { block: 'convnext', layerScale: 1e-6 } as const;
const tensorflow = { activation: 'geluTanh', epsilon: 1e-3, same: true } as const;
const late = { expandFirst: false } as const;
const lateMlp = { expandFirst: false, positions: 'mlp' } as const;
const plain = { expandFirst: false, shortcutBias: false } as const;
const mlp = { positions: 'mlp' } as const;
const scaledMlp = { positions: 'mlp', layerScale: 1e-6 } as const;
const tensorflowAttention = {
  headFirst: false,
  positions: 'tensorflow',
  epsilon: 1e-5,
  activation: 'geluTanh',
} as const;
const max = { blocks: [['M'], ['M'], ['M'], ['M']] } as const;
const narrow = [64, 128, 256, 512] as const;
const medium = [96, 192, 384, 768] as const;
const wide = [128, 256, 512, 1024] as const;
const widest = [192, 384, 768, 1536] as const;
const coatnetRmlp2Rw = {
  dims: wide,
  depths: [2, 6, 14, 2],
  stem: [64, 128],
  conv: rwCoat,
  attention: { ...lateMlp, layerScale: 1e-6 },
} as const;
const maxvitBaseTf = {
  dims: medium,
  depths: [2, 6, 14, 2],
  stem: [64, 64],
  ...max,
  stemBias: true,
  conv: tensorflow,
  attention: tensorflowAttention,
  headHidden: 768,
} as const;
const maxvitLargeTf = {
  dims: wide,
  depths: [2, 6, 14, 2],
  stem: [128, 128],
  ...max,
  stemBias: true,
  conv: tensorflow,
  attention: tensorflowAttention,
  headHidden: 1024,
} as const;
const maxvitRmlpBaseRw = {
  dims: medium,
  depths: [2, 6, 14, 2],
  stem: [32, 64],
  ...max,
  conv: rwMax,
  attention: mlp,
  headHidden: 768,
} as const;
const maxvitRmlpSmallRw = {
  dims: medium,
  depths: [2, 2, 5, 2],
  stem: [32, 64],
  ...max,
  conv: rwMax,
  attention: scaledMlp,
} as const;
const maxvitSmallTf = {
  dims: medium,
  depths: [2, 2, 5, 2],
  stem: [64, 64],
  ...max,
  stemBias: true,
  conv: tensorflow,
  attention: tensorflowAttention,
  headHidden: 768,
} as const;
const maxvitTinyRw = { dims: narrow, depths: [2, 2, 5, 2], stem: [32, 64], ...max, conv: rwMax } as const;
const maxvitTinyTf = {
  dims: narrow,
  depths: [2, 2, 5, 2],
  stem: [64, 64],
  ...max,
  stemBias: true,
  conv: tensorflow,
  attention: tensorflowAttention,
  headHidden: 512,
} as const;
const maxvitXlargeTf = {
  dims: widest,
  depths: [2, 6, 14, 2],
  stem: [192, 192],
  ...max,
  stemBias: true,
  conv: tensorflow,
  attention: tensorflowAttention,
  headHidden: 1536,
} as const;
const maxxvitv2RmlpBaseRw = {
  dims: wide,
  depths: [2, 6, 12, 2],
  stem: [64, 128],
  ...max,
  conv: convNext,
  attention: { ...scaledMlp, gridOnly: true },
} as const;

export const maxxvit: AnyFamily = defineFamily<MaxxVitSettings>({
  name: 'maxxvit',
  build: (settings, options) => new MaxxVit(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  inputRule: () => ({ fixed: true, multipleOf: PARTITION, minimum: PARTITION }),
  adaptState: adaptMaxxVitState,
  variants: {
    coatnet_0_224: { dims: medium, depths: [2, 3, 5, 2], stem: [64, 64], headHidden: 768 },
    coatnet_0_rw_224: {
      dims: medium,
      depths: [2, 3, 7, 2],
      stem: [32, 64],
      conv: { ...rwGateFirst, stride: 'pool' },
      attention: plain,
    },
    coatnet_1_224: { dims: medium, depths: [2, 6, 14, 2], stem: [64, 64], headHidden: 768 },
    coatnet_1_rw_224: {
      dims: medium,
      depths: [2, 6, 14, 2],
      stem: [32, 64],
      conv: rwGateFirst,
      attention: plain,
    },
    coatnet_2_224: { dims: wide, depths: [2, 6, 14, 2], stem: [128, 128], headHidden: 1024 },
    coatnet_2_rw_224: { dims: wide, depths: [2, 6, 14, 2], stem: [64, 128], conv: rwCoat, attention: late },
    coatnet_3_224: { dims: widest, depths: [2, 6, 14, 2], stem: [192, 192], headHidden: 1536 },
    coatnet_3_rw_224: {
      dims: widest,
      depths: [2, 6, 14, 2],
      stem: [96, 192],
      conv: rwCoat,
      attention: { ...late, layerScale: 1e-6 },
    },
    coatnet_4_224: { dims: widest, depths: [2, 12, 28, 2], stem: [192, 192], headHidden: 1536 },
    coatnet_5_224: {
      dims: [256, 512, 1280, 2048],
      depths: [2, 12, 28, 2],
      stem: [192, 192],
      headHidden: 2048,
    },
    coatnet_bn_0_rw_224: {
      dims: medium,
      depths: [2, 3, 7, 2],
      stem: [32, 64],
      conv: rwGateFirst,
      attention: { ...plain, norm: 'batch' },
    },
    coatnet_nano_cc_224: {
      dims: narrow,
      depths: [3, 4, 6, 3],
      stem: [32, 64],
      blocks: [['C'], ['C'], ['C', 'T'], ['C', 'T']],
      conv: { ...rwCoat, gateActivation: 'relu', stride: 'pool' },
      attention: late,
    },
    coatnet_nano_rw_224: {
      dims: narrow,
      depths: [3, 4, 6, 3],
      stem: [32, 64],
      conv: { ...rwBiased, stride: 'pool' },
      attention: late,
    },
    coatnet_pico_rw_224: {
      dims: narrow,
      depths: [2, 3, 5, 2],
      stem: [32, 64],
      conv: rwBiased,
      attention: late,
    },
    coatnet_rmlp_0_rw_224: {
      dims: medium,
      depths: [2, 3, 7, 2],
      stem: [32, 64],
      conv: { ...rwCoat, gateActivation: 'relu' },
      attention: lateMlp,
    },
    coatnet_rmlp_1_rw2_224: {
      dims: medium,
      depths: [2, 6, 14, 2],
      stem: [32, 64],
      conv: { ...rwCoat, gateActivation: 'relu' },
      attention: lateMlp,
    },
    coatnet_rmlp_1_rw_224: {
      dims: medium,
      depths: [2, 6, 14, 2],
      stem: [32, 64],
      conv: { ...rwGateFirst, stride: 'pool', pool: 'max' },
      attention: { ...plain, positions: 'mlp', positionsHidden: 384 },
    },
    coatnet_rmlp_2_rw_224: coatnetRmlp2Rw,
    coatnet_rmlp_2_rw_384: { ...coatnetRmlp2Rw, imageSize: 384 },
    coatnet_rmlp_3_rw_224: {
      dims: widest,
      depths: [2, 6, 14, 2],
      stem: [96, 192],
      conv: rwCoat,
      attention: { ...lateMlp, layerScale: 1e-6 },
    },
    coatnet_rmlp_nano_rw_224: {
      dims: narrow,
      depths: [3, 4, 6, 3],
      stem: [32, 64],
      conv: rwBiased,
      attention: { ...lateMlp, positionsHidden: 384 },
    },
    coatnext_nano_rw_224: {
      dims: narrow,
      depths: [3, 4, 6, 3],
      stem: [32, 64],
      conv: { block: 'convnext', layerScale: 1e-5 },
      attention: late,
    },
    maxvit_base_tf_224: maxvitBaseTf,
    maxvit_base_tf_384: { ...maxvitBaseTf, imageSize: 384 },
    maxvit_base_tf_512: { ...maxvitBaseTf, imageSize: 512 },
    maxvit_large_tf_224: maxvitLargeTf,
    maxvit_large_tf_384: { ...maxvitLargeTf, imageSize: 384 },
    maxvit_large_tf_512: { ...maxvitLargeTf, imageSize: 512 },
    maxvit_nano_rw_256: {
      dims: narrow,
      depths: [1, 2, 3, 1],
      stem: [32, 64],
      ...max,
      conv: rwMax,
      imageSize: 256,
    },
    maxvit_pico_rw_256: {
      dims: [32, 64, 128, 256],
      depths: [2, 2, 5, 2],
      stem: [24, 32],
      ...max,
      conv: rwMax,
      imageSize: 256,
    },
    maxvit_rmlp_base_rw_224: maxvitRmlpBaseRw,
    maxvit_rmlp_base_rw_384: { ...maxvitRmlpBaseRw, imageSize: 384 },
    maxvit_rmlp_nano_rw_256: {
      dims: narrow,
      depths: [1, 2, 3, 1],
      stem: [32, 64],
      ...max,
      conv: rwMax,
      attention: mlp,
      imageSize: 256,
    },
    maxvit_rmlp_pico_rw_256: {
      dims: [32, 64, 128, 256],
      depths: [2, 2, 5, 2],
      stem: [24, 32],
      ...max,
      conv: rwMax,
      attention: mlp,
      imageSize: 256,
    },
    maxvit_rmlp_small_rw_224: maxvitRmlpSmallRw,
    maxvit_rmlp_small_rw_256: { ...maxvitRmlpSmallRw, imageSize: 256 },
    maxvit_rmlp_tiny_rw_256: {
      dims: narrow,
      depths: [2, 2, 5, 2],
      stem: [32, 64],
      ...max,
      conv: rwMax,
      attention: mlp,
      imageSize: 256,
    },
    maxvit_small_tf_224: maxvitSmallTf,
    maxvit_small_tf_384: { ...maxvitSmallTf, imageSize: 384 },
    maxvit_small_tf_512: { ...maxvitSmallTf, imageSize: 512 },
    maxvit_tiny_rw_224: maxvitTinyRw,
    maxvit_tiny_rw_256: { ...maxvitTinyRw, imageSize: 256 },
    maxvit_tiny_tf_224: maxvitTinyTf,
    maxvit_tiny_tf_384: { ...maxvitTinyTf, imageSize: 384 },
    maxvit_tiny_tf_512: { ...maxvitTinyTf, imageSize: 512 },
    maxvit_xlarge_tf_224: maxvitXlargeTf,
    maxvit_xlarge_tf_384: { ...maxvitXlargeTf, imageSize: 384 },
    maxvit_xlarge_tf_512: { ...maxvitXlargeTf, imageSize: 512 },
    maxxvit_rmlp_nano_rw_256: {
      dims: narrow,
      depths: [1, 2, 3, 1],
      stem: [32, 64],
      ...max,
      conv: convNext,
      attention: scaledMlp,
      imageSize: 256,
    },
    maxxvit_rmlp_small_rw_256: {
      dims: medium,
      depths: [2, 2, 5, 2],
      stem: [48, 96],
      ...max,
      conv: convNext,
      attention: scaledMlp,
      imageSize: 256,
    },
    maxxvit_rmlp_tiny_rw_256: {
      dims: narrow,
      depths: [2, 2, 5, 2],
      stem: [32, 64],
      ...max,
      conv: convNext,
      attention: scaledMlp,
      imageSize: 256,
    },
    maxxvitv2_nano_rw_256: {
      dims: medium,
      depths: [1, 2, 3, 1],
      stem: [48, 96],
      ...max,
      conv: convNext,
      attention: { layerScale: 1e-6, gridOnly: true },
      imageSize: 256,
    },
    maxxvitv2_rmlp_base_rw_224: maxxvitv2RmlpBaseRw,
    maxxvitv2_rmlp_base_rw_384: { ...maxxvitv2RmlpBaseRw, imageSize: 384 },
    maxxvitv2_rmlp_large_rw_224: {
      dims: [160, 320, 640, 1280],
      depths: [2, 6, 16, 2],
      stem: [80, 160],
      ...max,
      conv: convNext,
      attention: { ...scaledMlp, gridOnly: true },
      headHidden: 1280,
    },
    test_maxvit: {
      dims: [32, 64, 96, 128],
      depths: [1, 1, 1, 1],
      stem: [16, 32],
      ...max,
      conv: rwMax,
      imageSize: 160,
    },
    test_coatnet: {
      dims: [32, 64, 96, 128],
      depths: [1, 1, 2, 1],
      stem: [16, 32],
      conv: { ...rwBiased, stride: 'pool' },
      attention: late,
      imageSize: 160,
    },
  },
});
