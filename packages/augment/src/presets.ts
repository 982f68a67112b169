import { PodiumError } from '@podium/core';

export type PresetName = 'light' | 'medium' | 'heavy' | 'eval';

export interface PresetSettings {
  /** Side of the square that the model sees, in pixels. */
  readonly size: number;
  /** Fraction of the resized image that `eval` keeps, per side. Default 0.875. */
  readonly cropPct?: number;
  readonly interpolation?: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3';
}

const NAMES: readonly PresetName[] = ['light', 'medium', 'heavy', 'eval'];

/**
 * Ready-made specs for `pipelineFrom`:
 *
 * - `light`: crop, flip and a little color jitter, for fine-tuning.
 * - `medium`: stronger crops and color jitter, RandAugment with two weak operations, occasional erasing.
 * - `heavy`: timm's recipe for training from scratch (crops of 8 to 100 %, `rand-m9-mstd0.5-inc1`, erasing), plus occasional
 *   blur, noise or compression, for test images that differ from the training set.
 * - `eval`: timm's evaluation: resize the shorter side to `size / cropPct`, then crop the center.
 * @throws PodiumError `augment-preset` for any other name
 */
export function preset(name: PresetName, settings: PresetSettings): readonly unknown[] {
  const { size, cropPct = 0.875, interpolation = 'bicubic' } = settings;
  const crop = (minScale: number) => ({ randomResizedCrop: { size, scale: [minScale, 1], interpolation } });
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

/** ImageNet's mean color: the least conspicuous fill for photographs. */
const MEAN = [124, 116, 104];
