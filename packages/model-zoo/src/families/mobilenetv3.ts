// MobileNetV3: Howard et al. 2019 (arXiv 1905.02244). Structure and names as in timm.
import { type AnyFamily, defineFamily } from '../family.ts';
import { fromTorchvisionKey } from './shared/efficient-keys.ts';
import { cn, ds, ir, planStages, roundChannels, type StageRows } from './shared/efficient-plan.ts';
import { MobileNetV3, type MobileNetV3Settings } from './shared/mobilenetv3-model.ts';

const squeezeExcite = true;
const activation = 'relu';

/** Table 1 of the paper. */
const large: StageRows = [
  [ds(1, 3, 1, 16, { activation })],
  [ir(1, 3, 2, 4, 24, { activation }), ir(1, 3, 1, 3, 24, { activation })],
  [ir(3, 5, 2, 3, 40, { activation, squeezeExcite })],
  [ir(1, 3, 2, 6, 80), ir(1, 3, 1, 2.5, 80), ir(2, 3, 1, 2.3, 80)],
  [ir(2, 3, 1, 6, 112, { squeezeExcite })],
  [ir(3, 5, 2, 6, 160, { squeezeExcite })],
  [cn(1, 1, 1, 960, { shortcut: false })],
];

/** Table 2. */
const small: StageRows = [
  [ds(1, 3, 2, 16, { activation, squeezeExcite })],
  [ir(1, 3, 2, 4.5, 24, { activation }), ir(1, 3, 1, 3.67, 24, { activation })],
  [ir(1, 5, 2, 4, 40, { squeezeExcite }), ir(2, 5, 1, 6, 40, { squeezeExcite })],
  [ir(2, 5, 1, 3, 48, { squeezeExcite })],
  [ir(3, 5, 2, 6, 96, { squeezeExcite })],
  [cn(1, 1, 1, 576, { shortcut: false })],
];

/** For hardware without 5x5 kernels, gates and hard-swish. */
function minimal(rows: StageRows): StageRows {
  return rows.map((stage) =>
    stage.map(({ squeezeExcite: _, activation: __, ...row }) => ({
      ...row,
      kernel: Math.min(row.kernel, 3),
    })),
  );
}

type Rest = Partial<MobileNetV3Settings> & { readonly depth?: number };

function scaled(
  rows: StageRows,
  head: number,
  width: number,
  { depth = 1, ...rest }: Rest = {},
): MobileNetV3Settings {
  const stem = width < 0.75 ? 16 : roundChannels(16 * width);
  return { stem, stages: planStages(rows, stem, { width, depth }), head, activation: 'hardSwish', ...rest };
}

/** timm's ports of TensorFlow's weights. */
const tensorflow = { epsilon: 1e-3, padding: 'same' } as const;
const minimalTensorflow = { ...tensorflow, activation: 'relu' } as const;
/** torchvision's networks, under names that timm does not use. */
const torchvision = { epsilon: 1e-3, momentum: 0.01 } as const;

export const mobilenetv3: AnyFamily = defineFamily<MobileNetV3Settings>({
  name: 'mobilenetv3',
  build: (settings, options) => new MobileNetV3(settings, options),
  imageSize: ({ imageSize = 224 }) => imageSize,
  torchvision: {
    mobilenet_v3_large: 'tv_mobilenetv3_large_100',
    mobilenet_v3_small: 'tv_mobilenetv3_small_100',
  },
  // In torchvision the layer after pooling is linear.
  fromTorchvision: (key, { stages }) =>
    key.startsWith('classifier.0.')
      ? key.replace('classifier.0.', 'conv_head.')
      : fromTorchvisionKey(key, stages, [
          `blocks.${stages.length - 1}.0.conv`,
          `blocks.${stages.length - 1}.0.bn1`,
        ]),
  variants: {
    mobilenetv3_large_075: scaled(large, 1280, 0.75),
    mobilenetv3_large_100: scaled(large, 1280, 1),
    mobilenetv3_large_150d: scaled(large, 1280, 1.5, { depth: 1.2, imageSize: 256 }),
    mobilenetv3_small_050: scaled(small, 1024, 0.5),
    mobilenetv3_small_075: scaled(small, 1024, 0.75),
    mobilenetv3_small_100: scaled(small, 1024, 1),
    tf_mobilenetv3_large_075: scaled(large, 1280, 0.75, tensorflow),
    tf_mobilenetv3_large_100: scaled(large, 1280, 1, tensorflow),
    tf_mobilenetv3_large_minimal_100: scaled(minimal(large), 1280, 1, minimalTensorflow),
    tf_mobilenetv3_small_075: scaled(small, 1024, 0.75, tensorflow),
    tf_mobilenetv3_small_100: scaled(small, 1024, 1, tensorflow),
    tf_mobilenetv3_small_minimal_100: scaled(minimal(small), 1024, 1, minimalTensorflow),
    tv_mobilenetv3_large_100: scaled(large, 1280, 1, torchvision),
    tv_mobilenetv3_small_100: scaled(small, 1024, 1, torchvision),
  },
});
