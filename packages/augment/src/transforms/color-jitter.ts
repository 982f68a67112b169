import { saturate, turnHue } from '../kernels/color.ts';
import { meanGray } from '../kernels/histogram.ts';
import { brightnessTable, contrastTable } from '../kernels/tables.ts';
import { LazyImage } from '../lazy-image.ts';
import { factor, symmetric } from '../settings/fields.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/**
 * Brightness, contrast, saturation and hue by random amounts in random order, clipped after each (torchvision
 * `ColorJitter`). Brightness and contrast that follow each other are one pass, with the same bytes as two.
 */
export const colorJitter: TransformEntry = defineTransform({
  name: 'colorJitter',
  summary: 'Changes brightness, contrast, saturation and hue in random order.',
  settings: {
    brightness: factor(0.4),
    contrast: factor(0.4),
    saturation: factor(0.4),
    hue: symmetric(0.1, { max: 0.5 }),
  },
  identity: { brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  create: (settings) => (start, rng) => {
    const light = draw(rng, settings.brightness);
    const spread = draw(rng, settings.contrast);
    const strength = draw(rng, settings.saturation);
    const turns = draw(rng, settings.hue);
    const changes = [
      (picture: LazyImage) => (light === 1 ? picture : picture.map(brightnessTable(light))),
      (picture: LazyImage) =>
        spread === 1 ? picture : picture.map(contrastTable(spread, meanGray(picture.read()))),
      (picture: LazyImage) => {
        if (strength === 1 || picture.channels !== 3) return picture;
        const image = picture.own();
        saturate(image, strength);
        return LazyImage.fresh(image);
      },
      (picture: LazyImage) => {
        if (turns === 0 || picture.channels !== 3) return picture;
        const image = picture.own();
        turnHue(image, turns);
        return LazyImage.fresh(image);
      },
    ];
    return rng.sample(changes, changes.length).reduce((picture, change) => change(picture), start);
  },
});
