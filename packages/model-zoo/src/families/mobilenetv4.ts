// MobileNetV4: Qin et al. 2024 (arXiv 2404.10518). Structure and names as in timm, which added the anti-aliased variants.
import { init } from '@podium/nn';
import { type AnyFamily, defineFamily } from '../family.ts';
import { initWeights } from '../init-weights.ts';
import { type BlockRow, cn, er, mqa, planStages, type StageRows, uir } from './shared/efficient-plan.ts';
import { MobileNetV3, type MobileNetV3Settings } from './shared/mobilenetv3-model.ts';
import { MultiQueryAttention2d, mobilenetv4Kinds } from './shared/mobilenetv4-blocks.ts';

interface MobileNetV4Settings extends MobileNetV3Settings {
  readonly imageSize: number;
}

const shortcut = false;
const last: readonly BlockRow[] = [cn(1, 1, 1, 960, { shortcut })];

const small: StageRows = [
  [cn(1, 3, 2, 32, { shortcut }), cn(1, 1, 1, 32, { shortcut })],
  [cn(1, 3, 2, 96, { shortcut }), cn(1, 1, 1, 64, { shortcut })],
  [uir(1, [5, 5], 2, 3, 96), uir(4, [0, 3], 1, 2, 96), uir(1, [3, 0], 1, 4, 96)],
  [
    uir(1, [3, 3], 2, 6, 128),
    uir(1, [5, 5], 1, 4, 128),
    uir(1, [0, 5], 1, 4, 128),
    uir(1, [0, 5], 1, 3, 128),
    uir(2, [0, 3], 1, 4, 128),
  ],
  last,
];

const medium: StageRows = [
  [er(1, 3, 2, 4, 48)],
  [uir(1, [3, 5], 2, 4, 80), uir(1, [3, 3], 1, 2, 80)],
  [
    uir(1, [3, 5], 2, 6, 160),
    uir(2, [3, 3], 1, 4, 160),
    uir(1, [3, 5], 1, 4, 160),
    uir(1, [3, 3], 1, 4, 160),
    uir(1, [3, 0], 1, 4, 160),
    uir(1, [0, 0], 1, 2, 160),
    uir(1, [3, 0], 1, 4, 160),
  ],
  [
    uir(1, [5, 5], 2, 6, 256),
    uir(1, [5, 5], 1, 4, 256),
    uir(2, [3, 5], 1, 4, 256),
    uir(1, [0, 0], 1, 4, 256),
    uir(1, [3, 0], 1, 4, 256),
    uir(1, [3, 5], 1, 2, 256),
    uir(1, [5, 5], 1, 4, 256),
    uir(2, [0, 0], 1, 4, 256),
    uir(1, [5, 0], 1, 2, 256),
  ],
  last,
];

const large: StageRows = [
  [er(1, 3, 2, 4, 48)],
  [uir(1, [3, 5], 2, 4, 96), uir(1, [3, 3], 1, 4, 96)],
  [
    uir(1, [3, 5], 2, 4, 192),
    uir(3, [3, 3], 1, 4, 192),
    uir(1, [3, 5], 1, 4, 192),
    uir(5, [5, 3], 1, 4, 192),
    uir(1, [3, 0], 1, 4, 192),
  ],
  [
    uir(4, [5, 5], 2, 4, 512),
    uir(1, [5, 0], 1, 4, 512),
    uir(1, [5, 3], 1, 4, 512),
    uir(2, [5, 0], 1, 4, 512),
    uir(1, [5, 3], 1, 4, 512),
    uir(1, [5, 5], 1, 4, 512),
    uir(3, [5, 0], 1, 4, 512),
  ],
  last,
];

/** Rows with attention between each two. */
function between(attention: BlockRow, rows: readonly BlockRow[]): readonly BlockRow[] {
  return rows.flatMap((row, i) => (i === 0 ? [row] : [attention, row]));
}

const hybridMedium: StageRows = [
  ...medium.slice(0, 2),
  [
    uir(1, [3, 5], 2, 6, 160),
    uir(1, [0, 0], 1, 2, 160),
    uir(1, [3, 3], 1, 4, 160),
    ...between(mqa(4, 64, 2, 160), [
      uir(1, [3, 5], 1, 4, 160),
      uir(1, [3, 3], 1, 4, 160),
      uir(1, [3, 0], 1, 4, 160),
      uir(1, [3, 3], 1, 4, 160),
      uir(1, [3, 0], 1, 4, 160),
    ]),
  ],
  [
    uir(1, [5, 5], 2, 6, 256),
    uir(1, [5, 5], 1, 4, 256),
    uir(2, [3, 5], 1, 4, 256),
    uir(1, [0, 0], 1, 2, 256),
    uir(1, [3, 5], 1, 2, 256),
    uir(1, [0, 0], 1, 2, 256),
    ...between(mqa(4, 64, 1, 256), [
      uir(1, [0, 0], 1, 4, 256),
      uir(1, [3, 0], 1, 4, 256),
      uir(1, [5, 5], 1, 4, 256),
      uir(1, [5, 0], 1, 4, 256),
      uir(1, [5, 0], 1, 4, 256),
    ]),
  ],
  last,
];

const hybridLarge: StageRows = [
  ...large.slice(0, 2),
  [
    uir(1, [3, 5], 2, 4, 192),
    uir(3, [3, 3], 1, 4, 192),
    uir(1, [3, 5], 1, 4, 192),
    uir(1, [5, 3], 1, 4, 192),
    ...between(mqa(8, 48, 2, 192), [
      uir(1, [5, 3], 1, 4, 192),
      uir(1, [5, 3], 1, 4, 192),
      uir(1, [5, 3], 1, 4, 192),
      uir(1, [5, 3], 1, 4, 192),
      uir(1, [3, 0], 1, 4, 192),
    ]),
  ],
  [
    uir(4, [5, 5], 2, 4, 512),
    uir(1, [5, 0], 1, 4, 512),
    uir(1, [5, 3], 1, 4, 512),
    uir(2, [5, 0], 1, 4, 512),
    uir(1, [5, 3], 1, 4, 512),
    ...between(mqa(8, 64, 1, 512), [
      uir(1, [5, 5], 1, 4, 512),
      uir(1, [5, 0], 1, 4, 512),
      uir(1, [5, 0], 1, 4, 512),
      uir(1, [5, 0], 1, 4, 512),
      uir(1, [5, 0], 1, 4, 512),
    ]),
  ],
  last,
];

type Rest = Partial<Omit<MobileNetV4Settings, 'imageSize' | 'stem' | 'stages' | 'head' | 'headNorm'>> & {
  readonly width?: number;
};

function row(
  rows: StageRows,
  stem: number,
  imageSize: number,
  { width = 1, ...rest }: Rest = {},
): MobileNetV4Settings {
  const stages = planStages(rows, stem, { width });
  return { stem, stages, head: 1280, headNorm: true, activation: 'relu', imageSize, ...rest };
}

const layerScale = 1e-5;

export const mobilenetv4: AnyFamily = defineFamily<MobileNetV4Settings>({
  name: 'mobilenetv4',
  build: (settings, options) => {
    const model = new MobileNetV3(settings, options, mobilenetv4Kinds);
    for (const module of model.modules() as unknown[]) {
      if (module instanceof MultiQueryAttention2d) initWeights(module, () => init.xavierUniform());
    }
    return model;
  },
  imageSize: ({ imageSize }) => imageSize,
  // Pooling halves maps of at least two positions only.
  inputRule: ({ antialias }) => (antialias === 'avg' ? { minimum: 32 } : {}),
  variants: {
    mobilenetv4_conv_small_035: row(small, 32, 224, { width: 0.35 }),
    mobilenetv4_conv_small_050: row(small, 32, 224, { width: 0.5 }),
    mobilenetv4_conv_small: row(small, 32, 224),
    mobilenetv4_conv_medium: row(medium, 32, 256),
    mobilenetv4_conv_large: row(large, 24, 384),
    mobilenetv4_hybrid_medium: row(hybridMedium, 32, 256, { layerScale }),
    mobilenetv4_hybrid_large: row(hybridLarge, 24, 384, { layerScale, activation: 'gelu' }),
    mobilenetv4_conv_aa_medium: row(medium, 32, 256, { antialias: 'avg' }),
    mobilenetv4_conv_blur_medium: row(medium, 32, 224, { antialias: 'blur' }),
    mobilenetv4_conv_aa_large: row(large, 24, 448, { antialias: 'avg' }),
    mobilenetv4_hybrid_medium_075: row(hybridMedium, 32, 224, { width: 0.75, layerScale }),
    mobilenetv4_hybrid_large_075: row(hybridLarge, 24, 256, { width: 0.75, layerScale, activation: 'gelu' }),
  },
});
