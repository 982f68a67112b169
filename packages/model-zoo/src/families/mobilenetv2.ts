// MobileNetV2: Sandler et al. 2018 (arXiv 1801.04381). Structure and names as in timm.
import { type AnyFamily, defineFamily } from '../family.ts';
import { fromTorchvisionKey } from './shared/efficient-keys.ts';
import { ds, ir, planStages, roundChannels, type StageRows } from './shared/efficient-plan.ts';
import { EfficientNet, type EfficientNetSettings } from './shared/efficientnet-model.ts';

/** Table 2 of the paper. */
const rows: StageRows = [
  [ds(1, 3, 1, 16)],
  [ir(2, 3, 2, 6, 24)],
  [ir(3, 3, 2, 6, 32)],
  [ir(4, 3, 2, 6, 64)],
  [ir(3, 3, 1, 6, 96)],
  [ir(3, 3, 2, 6, 160)],
  [ir(1, 3, 1, 6, 320)],
];

function wide(width: number): EfficientNetSettings {
  const stem = roundChannels(32 * width);
  const head = Math.max(1280, roundChannels(1280 * width));
  return { stem, stages: planStages(rows, stem, { width }), head, activation: 'relu6' };
}

/** timm's d variants: also deeper, with unscaled stem and head. */
function wideAndDeep(width: number, depth: number): EfficientNetSettings {
  const stages = planStages(rows, 32, { width, depth, fixedEnds: true });
  return { stem: 32, stages, head: 1280, activation: 'relu6' };
}

export const mobilenetv2: AnyFamily = defineFamily<EfficientNetSettings>({
  name: 'mobilenetv2',
  build: (settings, options) => new EfficientNet(settings, options),
  torchvision: { mobilenet_v2: 'mobilenetv2_100' },
  fromTorchvision: (key, { stages }) => fromTorchvisionKey(key, stages, ['conv_head', 'bn2']),
  variants: {
    mobilenetv2_035: wide(0.35),
    mobilenetv2_050: wide(0.5),
    mobilenetv2_075: wide(0.75),
    mobilenetv2_100: wide(1),
    mobilenetv2_140: wide(1.4),
    mobilenetv2_110d: wideAndDeep(1.1, 1.2),
    mobilenetv2_120d: wideAndDeep(1.2, 1.4),
  },
});
