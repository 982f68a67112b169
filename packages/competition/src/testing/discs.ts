import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import sharp from 'sharp';

/** How a competition of discs is written. */
export interface DiscOptions {
  readonly train?: number;
  readonly test?: number;
  /** Replaces a row's cells of the table, as `size,left`. */
  readonly cells?: (row: number, size: number, left: number) => string;
}

const SIDE = 24;

/**
 * Writes `data/`: gray images of one bright disc each, a table with its diameter in millimeters (`size`) and its distance from
 * the left edge (`left`), and a sample submission that asks for the size.
 * @returns the true sizes of the test images, by id
 */
export async function writeDiscs(
  folder: string,
  { train = 48, test = 6, cells = (_, size, left) => `${size},${left}` }: DiscOptions = {},
): Promise<ReadonlyMap<string, number>> {
  const images = join(folder, 'data', 'images');
  mkdirSync(images, { recursive: true });
  const rng = Rng.fromSeed('discs');
  const table = ['id,patch,size,left'];
  const sample = ['id,size'];
  const hidden = new Map<string, number>();
  for (let i = 0; i < train + test; i++) {
    const own = rng.split(i);
    const radius = 2 + 8 * own.float();
    const x = radius + (SIDE - 2 * radius) * own.float();
    const y = radius + (SIDE - 2 * radius) * own.float();
    const size = Math.round(radius * 200) / 10 + 100;
    const id = `${i}.png`;
    writeFileSync(join(images, id), await disc(radius, x, y, own));
    if (i < train) table.push(`${id},p${Math.floor(i / 2)},${cells(i, size, Math.round(x * 10) / 10)}`);
    else {
      sample.push(`${id},0`);
      hidden.set(id, size);
    }
  }
  writeFileSync(join(folder, 'data', 'train.csv'), `${table.join('\n')}\n`);
  writeFileSync(join(folder, 'data', 'sample_submission.csv'), `${sample.join('\n')}\n`);
  return hidden;
}

async function disc(radius: number, x: number, y: number, rng: Rng): Promise<Buffer> {
  const raw = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const distance = Math.hypot((i % SIDE) + 0.5 - x, Math.floor(i / SIDE) + 0.5 - y);
    return rng.int(40) + 200 * Math.min(1, Math.max(0, radius - distance + 0.5));
  });
  return await sharp(raw, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png()
    .toBuffer();
}
