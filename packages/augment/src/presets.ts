import { PodiumError } from '@podium/core';

export type PresetName = 'light' | 'medium' | 'heavy' | 'eval';

export interface PresetSettings {
  /** Side of the square that the model sees, in pixels. */
  readonly size: number;
  /** Part of the resized image that `eval` keeps, in each direction; 0.875 unless the model says otherwise. */
  readonly cropPct?: number;
  readonly interpolation?: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3';
}

const NAMES: readonly PresetName[] = ['light', 'medium', 'heavy', 'eval'];

/**
 * Ready-made specs for `pipelineFrom`:
 *
 * - `light`: crop and flip, a little color; for fine-tuning and little noise in labels.
 * - `medium`: stronger crops and color, RandAugment of two weak operations, a little erasing.
 * - `heavy`: timm's recipe for training from scratch (crop of 8 to 100 %, `rand-m9-mstd0.5-inc1`, erasing), and blur, noise
 *   or compression now and then; for outside images that look unlike the training set.
 * - `eval`: timm's: shorter side to `size / cropPct`, then the middle.
 * @throws PodiumError `augment-preset` for another name.
 */
export function preset(name: PresetName, settings: PresetSettings): readonly unknown[] {
  const { size, cropPct = 0.875, interpolation = 'bicubic' } = settings;
  const crop = (least: number) => ({ randomResizedCrop: { size, scale: [least, 1], interpolation } });
  switch (name) {
    case 'light':
      return [
        crop(0.5),
        { horizontalFlip: {} },
        { colorJitter: { brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0 } },
      ];
    case 'medium':
      return [
        crop(0.25),
        { horizontalFlip: {} },
        { colorJitter: { brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.02 } },
        { randAugment: { n: 2, m: 6, fill: MEAN } },
        { randomErasing: { p: 0.1, filling: 'mean' } },
      ];
    case 'heavy':
      return [
        crop(0.08),
        { horizontalFlip: {} },
        { randAugment: { n: 2, m: 9, fill: MEAN } },
        {
          oneOf: {
            p: 0.3,
            steps: [
              { gaussianBlur: { p: 1 } },
              { motionBlur: { p: 1 } },
              { gaussianNoise: { p: 1 } },
              { jpeg: { p: 1 } },
              { downscale: { p: 1 } },
            ],
          },
        },
        { randomErasing: { p: 0.25, filling: 'noise' } },
      ];
    case 'eval':
      return [
        { resizeShorter: { size: Math.max(1, Math.floor(size / cropPct)), interpolation } },
        { centerCrop: { size } },
      ];
    default:
      throw new PodiumError({
        code: 'augment-preset',
        message: 'unknown preset',
        expected: NAMES,
        got: JSON.stringify(name) ?? String(name),
      });
  }
}

/** ImageNet's mean color, which hides least among photographs. */
const MEAN = [124, 116, 104];
