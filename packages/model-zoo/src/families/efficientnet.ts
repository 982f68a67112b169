// EfficientNet: Tan and Le 2019 (arXiv 1905.11946), EfficientNetV2: Tan and Le 2021 (2104.00298). Structure and names as
// in timm.
import { type AnyFamily, defineFamily } from '../family.ts';
import type { BlockStyle } from './shared/efficient-blocks.ts';
import { fromLukemelasKey, fromTorchvisionKey } from './shared/efficient-keys.ts';
import {
  cn,
  ds,
  er,
  ir,
  planStages,
  roundChannels,
  type Scaling,
  type StageRows,
} from './shared/efficient-plan.ts';
import { EfficientNet, type EfficientNetSettings } from './shared/efficientnet-model.ts';

interface Settings extends EfficientNetSettings {
  readonly imageSize: number;
}

/** A paper's network before scaling. */
interface Base extends Pick<Scaling, 'fixedEnds' | 'roundLimit'>, Pick<BlockStyle, 'activation'> {
  readonly rows: StageRows;
  readonly stem: number;
  readonly head: number;
}

const squeezeExcite = true;

/** Table 1 of the first paper, with gates, or without for Lite. */
function v1(rest: { readonly squeezeExcite?: boolean }): StageRows {
  return [
    [ds(1, 3, 1, 16, rest)],
    [ir(2, 3, 2, 6, 24, rest)],
    [ir(2, 5, 2, 6, 40, rest)],
    [ir(3, 3, 2, 6, 80, rest)],
    [ir(3, 5, 1, 6, 112, rest)],
    [ir(4, 5, 2, 6, 192, rest)],
    [ir(1, 3, 1, 6, 320, rest)],
  ];
}

const b: Base = { rows: v1({ squeezeExcite }), stem: 32, head: 1280, activation: 'silu' };
const lite: Base = { rows: v1({}), stem: 32, head: 1280, activation: 'relu6', fixedEnds: true };

/** The V2 networks that are scaled like those of the first paper. */
const v2b: Base = {
  rows: [
    [cn(1, 3, 1, 16)],
    [er(2, 3, 2, 4, 32)],
    [er(2, 3, 2, 4, 48)],
    [ir(3, 3, 2, 4, 96, { squeezeExcite })],
    [ir(5, 3, 1, 6, 112, { squeezeExcite })],
    [ir(8, 3, 2, 6, 192, { squeezeExcite })],
  ],
  stem: 32,
  head: 1280,
  activation: 'silu',
  roundLimit: 0,
};

/** Table 4 of the second paper. */
const v2s: Base = {
  rows: [
    [cn(2, 3, 1, 24)],
    [er(4, 3, 2, 4, 48)],
    [er(4, 3, 2, 4, 64)],
    [ir(6, 3, 2, 4, 128, { squeezeExcite })],
    [ir(9, 3, 1, 6, 160, { squeezeExcite })],
    [ir(15, 3, 2, 6, 256, { squeezeExcite })],
  ],
  stem: 24,
  head: 1280,
  activation: 'silu',
};

/** timm's interpretation of the paper's figure, before the authors' code was published. */
const v2rw: Base = {
  ...v2s,
  rows: [[er(2, 3, 1, 1, 24)], ...v2s.rows.slice(1, -1), [ir(15, 3, 2, 6, 272, { squeezeExcite })]],
  head: 1792,
};

const v2m: Base = {
  rows: [
    [cn(3, 3, 1, 24)],
    [er(5, 3, 2, 4, 48)],
    [er(5, 3, 2, 4, 80)],
    [ir(7, 3, 2, 4, 160, { squeezeExcite })],
    [ir(14, 3, 1, 6, 176, { squeezeExcite })],
    [ir(18, 3, 2, 6, 304, { squeezeExcite })],
    [ir(5, 3, 1, 6, 512, { squeezeExcite })],
  ],
  stem: 24,
  head: 1280,
  activation: 'silu',
};

const v2l: Base = {
  rows: [
    [cn(4, 3, 1, 32)],
    [er(7, 3, 2, 4, 64)],
    [er(7, 3, 2, 4, 96)],
    [ir(10, 3, 2, 4, 192, { squeezeExcite })],
    [ir(19, 3, 1, 6, 224, { squeezeExcite })],
    [ir(25, 3, 2, 6, 384, { squeezeExcite })],
    [ir(7, 3, 1, 6, 640, { squeezeExcite })],
  ],
  stem: 32,
  head: 1280,
  activation: 'silu',
};

const v2xl: Base = {
  ...v2l,
  rows: [
    [cn(4, 3, 1, 32)],
    [er(8, 3, 2, 4, 64)],
    [er(8, 3, 2, 4, 96)],
    [ir(16, 3, 2, 4, 192, { squeezeExcite })],
    [ir(24, 3, 1, 6, 256, { squeezeExcite })],
    [ir(32, 3, 2, 6, 512, { squeezeExcite })],
    [ir(8, 3, 1, 6, 640, { squeezeExcite })],
  ],
};

type Style = Omit<BlockStyle, 'activation'>;

function scaled(
  base: Base,
  imageSize: number,
  { width, depth }: Pick<Scaling, 'width' | 'depth'> = {},
  style: Style = {},
): Settings {
  const { rows, activation, fixedEnds = false, roundLimit } = base;
  const scale = (channels: number) =>
    fixedEnds ? channels : roundChannels(channels * (width ?? 1), roundLimit);
  const stem = scale(base.stem);
  const stages = planStages(rows, stem, {
    fixedEnds,
    width,
    depth,
    roundLimit,
  });
  return { stem, stages, head: scale(base.head), activation, ...style, imageSize };
}

/** Compound scaling: the factors of the paper. */
const x0 = {};
const x1 = { depth: 1.1 };
const x2 = { width: 1.1, depth: 1.2 };
const x3 = { width: 1.2, depth: 1.4 };
const x4 = { width: 1.4, depth: 1.8 };
const x5 = { width: 1.6, depth: 2.2 };
const x6 = { width: 1.8, depth: 2.6 };
const x7 = { width: 2, depth: 3.1 };
const x8 = { width: 2.2, depth: 3.6 };

/** timm's ports of TensorFlow's weights. */
const tensorflow: Style = { epsilon: 1e-3, padding: 'same' };
/** torchvision's networks that differ from timm's of the same name, under names that timm does not use. */
const torchvision: Style = { epsilon: 1e-3, momentum: 0.01 };
const torchvisionV2: Style = { epsilon: 1e-3 };

export const efficientnet: AnyFamily = defineFamily<Settings>({
  name: 'efficientnet',
  build: (settings, options) => new EfficientNet(settings, options),
  imageSize: ({ imageSize }) => imageSize,
  torchvision: {
    efficientnet_b0: 'efficientnet_b0',
    efficientnet_b1: 'efficientnet_b1',
    efficientnet_b2: 'efficientnet_b2',
    efficientnet_b3: 'efficientnet_b3',
    efficientnet_b4: 'efficientnet_b4',
    efficientnet_b5: 'tv_efficientnet_b5',
    efficientnet_b6: 'tv_efficientnet_b6',
    efficientnet_b7: 'tv_efficientnet_b7',
    efficientnet_v2_s: 'tv_efficientnetv2_s',
    efficientnet_v2_m: 'tv_efficientnetv2_m',
    efficientnet_v2_l: 'tv_efficientnetv2_l',
  },
  fromTorchvision: (key, { stages }) => fromTorchvisionKey(key, stages, ['conv_head', 'bn2']),
  keyMaps: { lukemelas: (key, { stages }) => fromLukemelasKey(key, stages) },
  variants: {
    efficientnet_b0: scaled(b, 224, x0),
    efficientnet_b1: scaled(b, 240, x1),
    efficientnet_b2: scaled(b, 256, x2),
    efficientnet_b3: scaled(b, 288, x3),
    efficientnet_b4: scaled(b, 320, x4),
    efficientnet_b5: scaled(b, 448, x5),
    efficientnet_b6: scaled(b, 528, x6),
    efficientnet_b7: scaled(b, 600, x7),
    efficientnet_b8: scaled(b, 672, x8),
    tf_efficientnet_b0: scaled(b, 224, x0, tensorflow),
    tf_efficientnet_b1: scaled(b, 240, x1, tensorflow),
    tf_efficientnet_b2: scaled(b, 260, x2, tensorflow),
    tf_efficientnet_b3: scaled(b, 300, x3, tensorflow),
    tf_efficientnet_b4: scaled(b, 380, x4, tensorflow),
    tf_efficientnet_b5: scaled(b, 456, x5, tensorflow),
    tf_efficientnet_b6: scaled(b, 528, x6, tensorflow),
    tf_efficientnet_b7: scaled(b, 600, x7, tensorflow),
    tf_efficientnet_b8: scaled(b, 672, x8, tensorflow),
    tv_efficientnet_b5: scaled(b, 456, x5, torchvision),
    tv_efficientnet_b6: scaled(b, 528, x6, torchvision),
    tv_efficientnet_b7: scaled(b, 600, x7, torchvision),
    efficientnet_lite0: scaled(lite, 224, x0),
    efficientnet_lite1: scaled(lite, 240, x1),
    efficientnet_lite2: scaled(lite, 260, x2),
    efficientnet_lite3: scaled(lite, 300, x3),
    efficientnet_lite4: scaled(lite, 380, x4),
    tf_efficientnet_lite0: scaled(lite, 224, x0, tensorflow),
    tf_efficientnet_lite1: scaled(lite, 240, x1, tensorflow),
    tf_efficientnet_lite2: scaled(lite, 260, x2, tensorflow),
    tf_efficientnet_lite3: scaled(lite, 300, x3, tensorflow),
    tf_efficientnet_lite4: scaled(lite, 380, x4, tensorflow),
    tf_efficientnetv2_b0: scaled(v2b, 192, x0, tensorflow),
    tf_efficientnetv2_b1: scaled(v2b, 192, x1, tensorflow),
    tf_efficientnetv2_b2: scaled(v2b, 208, x2, tensorflow),
    tf_efficientnetv2_b3: scaled(v2b, 240, x3, tensorflow),
    efficientnetv2_rw_t: scaled(v2s, 224, { width: 0.8, depth: 0.9 }),
    efficientnetv2_rw_s: scaled(v2rw, 288),
    efficientnetv2_rw_m: scaled(v2rw, 320, { width: 1.2, depth: [1.2, 1.2, 1.2, 1.2, 1.6, 1.6] }),
    efficientnetv2_s: scaled(v2s, 288),
    efficientnetv2_m: scaled(v2m, 320),
    efficientnetv2_l: scaled(v2l, 384),
    efficientnetv2_xl: scaled(v2xl, 384),
    tf_efficientnetv2_s: scaled(v2s, 300, x0, tensorflow),
    tf_efficientnetv2_m: scaled(v2m, 384, x0, tensorflow),
    tf_efficientnetv2_l: scaled(v2l, 384, x0, tensorflow),
    tf_efficientnetv2_xl: scaled(v2xl, 384, x0, tensorflow),
    tv_efficientnetv2_s: scaled(v2s, 384, x0, torchvisionV2),
    tv_efficientnetv2_m: scaled(v2m, 480, x0, torchvisionV2),
    tv_efficientnetv2_l: scaled(v2l, 480, x0, torchvisionV2),
  },
});
