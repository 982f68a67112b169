import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import sharp from 'sharp';

/** A PNG of noise; every seed gives another one. */
export async function noise(seed: string | number, side = 16): Promise<Buffer> {
  const rng = Rng.fromSeed(seed);
  const raw = Uint8Array.from({ length: side * side * 3 }, () => rng.int(256));
  return await sharp(raw, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

/** Writes `data/`: a table of twelve images of oaks and elms, four test images, and a sample submission. */
export async function writeLeaves(folder: string): Promise<void> {
  const images = join(folder, 'data', 'images');
  mkdirSync(images, { recursive: true });
  const train = ['id,label'];
  const sample = ['id,label'];
  for (let i = 0; i < 16; i++) {
    writeFileSync(join(images, `${i}.png`), await noise(i));
    if (i < 12) train.push(`${i}.png,${i % 2 === 0 ? 'oak' : 'elm'}`);
    else sample.push(`${i}.png,oak`);
  }
  writeFileSync(join(folder, 'data', 'train.csv'), `${train.join('\n')}\n`);
  writeFileSync(join(folder, 'data', 'sample_submission.csv'), `${sample.join('\n')}\n`);
}

/** Settings for it. */
export const LEAVES_YAML: string = `competition: leaves
data: { folder: data }
folds: { count: 2 }
models: [{ model: small-net, epochs: 1, imageSize: 16 }]
`;
