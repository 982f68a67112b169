import { Rng } from '@podium/core';
import sharp, { type Sharp } from 'sharp';

/** An image of soft blobs, different per seed, that stays recognizable after compression and scaling. */
export function image(seed: number, width = 96, height = 72): Sharp {
  const rng = Rng.fromSeed(seed);
  const blobs = Array.from({ length: 9 }, () => {
    const color = `hsl(${rng.int(360)},${30 + rng.int(60)}%,${20 + rng.int(60)}%)`;
    return `<ellipse cx="${rng.int(width)}" cy="${rng.int(height)}" rx="${8 + rng.int(30)}" ry="${8 + rng.int(30)}" fill="${color}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="hsl(${rng.int(360)},30%,50%)"/>${blobs.join('')}</svg>`;
  return sharp(Buffer.from(svg)).removeAlpha();
}

export async function png(seed: number, width?: number, height?: number): Promise<Buffer> {
  return image(seed, width, height).png().toBuffer();
}
