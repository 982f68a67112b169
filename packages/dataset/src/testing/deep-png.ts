import sharp from 'sharp';

/** A PNG with 16 bits per channel. @param values `[H,W,channels]` */
export async function deepPng(
  values: Uint16Array,
  width: number,
  height: number,
  channels: 1 | 3 | 4 = 1,
): Promise<Buffer> {
  return await sharp(values, { raw: { width, height, channels } })
    .toColorspace(channels === 1 ? 'grey16' : 'rgb16')
    .png()
    .toBuffer();
}
