import { saturate, turnHue } from '../kernels/color.ts';
import { meanGray } from '../kernels/histogram.ts';
import { brightnessTable, contrastTable } from '../kernels/tables.ts';
import { LazyImage } from '../lazy-image.ts';
import { factorRange, symmetricRange } from '../settings/ranges.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/**
 * Changes brightness, contrast, saturation and hue by random amounts, in random order, clipping after each (torchvision
 * `ColorJitter`). Adjacent brightness and contrast changes are one pass with the bytes of two.
 */
export const colorJitter: TransformEntry = defineTransform({
  name: 'colorJitter',
  summary: 'Changes brightness, contrast, saturation and hue in random order.',
  settings: () => ({
    brightness: factorRange(0.4),
    contrast: factorRange(0.4),
    saturation: factorRange(0.4),
    hue: symmetricRange(0.1, { max: 0.5 }),
  }),
  identity: { brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  create: (settings) => (start, rng) => {
    const light = draw(rng, settings.brightness);
    const spread = draw(rng, settings.contrast);
    const strength = draw(rng, settings.saturation);
    const turns = draw(rng, settings.hue);
    const changes = [
      (image: LazyImage) => (light === 1 ? image : image.map(brightnessTable(light))),
      (image: LazyImage) => (spread === 1 ? image : image.map(contrastTable(spread, meanGray(image.read())))),
      (image: LazyImage) => {
        if (strength === 1 || image.channels !== 3) return image;
        const writable = image.writable();
        saturate(writable, strength);
        return LazyImage.fresh(writable);
      },
      (image: LazyImage) => {
        if (turns === 0 || image.channels !== 3) return image;
        const writable = image.writable();
        turnHue(writable, turns);
        return LazyImage.fresh(writable);
      },
    ];
    return rng.sample(changes, changes.length).reduce((image, change) => change(image), start);
  },
});
