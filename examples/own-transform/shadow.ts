import { pipelineFrom } from '@podium/augment';
import type { Image, ImageTransform, Rng } from '@podium/core';

/** What the settings name: gets their `argument`, gives what is done to every image that is trained on. */
export function withShadow({ size, darkest }: { size: number; darkest: number }): ImageTransform {
  // Podium's own steps first: they bring the image to its size. `window` says which part of the file to read for them.
  const steps = pipelineFrom([{ randomResizedCrop: { size, scale: [0.7, 1] } }, 'horizontalFlip']);
  return {
    ...(steps.window && { window: steps.window }),
    apply: (image, rng) => shadow(steps.apply(image, rng.split('steps')), rng.split('shadow'), darkest),
  };
}

/** Darkens all to the left or right of a slanting line, half of the time; all chance is from `rng`, so it can be repeated. */
function shadow(image: Image, rng: Rng, darkest: number): Image {
  if (rng.bool()) return image;
  const { width, height, channels } = image;
  const [top, bottom] = [rng.float() * width, rng.float() * width];
  const [left, light] = [rng.bool(), darkest + (1 - darkest) * rng.float()];
  // A transform never writes into the image it was given.
  const data = Uint8Array.from(image.data);
  for (let y = 0; y < height; y++) {
    const edge = top + ((bottom - top) * y) / height;
    for (let x = 0; x < width; x++) {
      if (x < edge !== left) continue;
      const at = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) data[at + c] = Math.round(data[at + c]! * light);
    }
  }
  return { ...image, data };
}
