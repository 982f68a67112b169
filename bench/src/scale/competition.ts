import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import { writeTable } from '@podium/dataset';
import sharp from 'sharp';
import { benchCache, makeOnce } from '../bench-cache.ts';

const SHAPES = ['disc', 'ring', 'square', 'stripes', 'triangle'] as const;
/** Images of a group have one class and one set of colors, and are all in training or all in the test set. */
const GROUP = 4;
const TEST_SHARE = 0.2;
const [SMALLEST, LARGEST] = [48, 64];
const AT_ONCE = 8;

/** A competition folder of `count` small JPEG files: drawn once, and kept in the cache folder. */
export async function competitionFolder(count: number, print: (line: string) => void): Promise<string> {
  const folder = join(benchCache(), `shapes-${count}-1`);
  await makeOnce(folder, async (made) => {
    print(`drawing ${count} images`);
    await writeCompetition(made, count);
  });
  return folder;
}

async function writeCompetition(folder: string, count: number): Promise<void> {
  for (const split of ['train', 'test']) await mkdir(join(folder, split));
  const draw = async (first: number) => {
    for (let i = first; i < count; i += AT_ONCE) {
      const { split, name, jpeg } = await drawing(i);
      await writeFile(join(folder, split, `${name}.jpg`), jpeg);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => draw(first)));
  const train: string[][] = [];
  const test: string[][] = [];
  for (let i = 0; i < count; i++) {
    const { split, name, group, shape } = planOf(i);
    if (split === 'train') train.push([name, group, shape]);
    else test.push([name, SHAPES[0]]);
  }
  await writeTable(join(folder, 'train.csv'), ['id', 'group', 'label'], train);
  await writeTable(join(folder, 'sample_submission.csv'), ['id', 'label'], test);
}

interface Plan {
  readonly split: 'train' | 'test';
  readonly name: string;
  readonly group: string;
  readonly shape: (typeof SHAPES)[number];
  readonly rng: Rng;
  /** Of what the images of a group share. */
  readonly groupRng: Rng;
}

/** Image `i` is the same in competitions of all sizes. */
function planOf(i: number): Plan {
  const root = Rng.fromSeed('scale');
  const group = Math.floor(i / GROUP);
  const groupRng = root.split('group', group);
  return {
    split: groupRng.bool(TEST_SHARE) ? 'test' : 'train',
    name: `image${String(i).padStart(6, '0')}`,
    group: `g${group}`,
    shape: SHAPES[groupRng.int(SHAPES.length)]!,
    rng: root.split('image', i),
    groupRng,
  };
}

/** One shape at a random place on a background of large blots, so that no two images look the same. */
async function drawing(i: number): Promise<Pick<Plan, 'split' | 'name'> & { readonly jpeg: Buffer }> {
  const { split, name, shape, rng, groupRng } = planOf(i);
  const [width, height] = [side(rng), side(rng)];
  const color = Array.from({ length: 3 }, () => groupRng.int(256));
  const cells = 5;
  const blots = Uint8Array.from({ length: 3 * cells * cells }, () => rng.int(256));
  const background = await sharp(blots, { raw: { width: cells, height: cells, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  const radius = 8 + rng.int(8);
  const [x0, y0] = [radius + rng.int(width - 2 * radius), radius + rng.int(height - 2 * radius)];
  for (let y = y0 - radius; y < y0 + radius; y++) {
    for (let x = x0 - radius; x < x0 + radius; x++) {
      if (covers(shape, (x - x0) / radius, (y - y0) / radius)) background.set(color, 3 * (y * width + x));
    }
  }
  const raw = { width, height, channels: 3 } as const;
  return { split, name, jpeg: await sharp(background, { raw }).jpeg({ quality: 85 }).toBuffer() };
}

function side(rng: Rng): number {
  return SMALLEST + rng.int(LARGEST - SMALLEST + 1);
}

/** @param x from -1 to 1, as `y` */
function covers(shape: Plan['shape'], x: number, y: number): boolean {
  const r = Math.hypot(x, y);
  if (shape === 'disc') return r < 1;
  if (shape === 'ring') return r < 1 && r > 0.6;
  if (shape === 'stripes') return Math.floor((y + 1) * 3) % 2 === 0;
  if (shape === 'triangle') return y > 2 * Math.abs(x) - 1;
  return true;
}
