import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { stringify } from 'yaml';

/** Colors far apart: the kind of an image is its color, so a wrong label or a wrong file shows. */
const COLORS: readonly (readonly [number, number, number])[] = [
  [208, 48, 48],
  [48, 176, 48],
  [48, 80, 208],
  [240, 208, 48],
  [176, 48, 208],
  [48, 208, 208],
  [240, 144, 48],
  [112, 80, 48],
  [240, 240, 240],
  [16, 16, 16],
  [112, 176, 112],
  [240, 112, 176],
];
const SIZE = 32;
const CORNER = 5;

/** RGB bytes `[32,32,3]` of one color in each third; corners are noise, so no two images are equal. */
export function pixels(kinds: number | readonly number[], seed: number): Buffer {
  const data = Buffer.alloc(SIZE * SIZE * 3, 112);
  const parts = typeof kinds === 'number' ? [kinds, kinds, kinds] : kinds;
  let state = (seed * 2654435761 + 12345) >>> 0;
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const part = parts[Math.floor((x * parts.length) / SIZE)]!;
      const inCorner = (x < CORNER || x >= SIZE - CORNER) && (y < CORNER || y >= SIZE - CORNER);
      for (let c = 0; c < 3; c++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        if (inCorner) data[(y * SIZE + x) * 3 + c] = state >>> 24;
        else if (part >= 0) data[(y * SIZE + x) * 3 + c] = COLORS[part % COLORS.length]![c]!;
      }
    }
  }
  return data;
}

/**
 * An image to encode in any format.
 * @param kinds its color, or the color of each third from left to right, -1 for none
 */
export function drawn(kinds: number | readonly number[], seed: number): Sharp {
  return sharp(pixels(kinds, seed), { raw: { width: SIZE, height: SIZE, channels: 3 } });
}

/** A folder that a case is drawn into: `data` with its files, and the settings beside it. */
export class CaseFolder {
  readonly path: string;
  /** Whether there is something to submit. */
  hasTest = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Writes an image in the format of its name's extension, or in `format`. */
  async image(
    name: string,
    kinds: number | readonly number[],
    seed: number,
    format: 'png' | 'jpeg' = /\.jpe?g$/i.test(name) ? 'jpeg' : 'png',
  ): Promise<void> {
    const image = drawn(kinds, seed);
    await this.file(
      name,
      await (format === 'jpeg' ? image.jpeg({ quality: 95 }) : image.png({ compressionLevel: 1 })).toBuffer(),
    );
  }

  async file(name: string, content: string | Uint8Array): Promise<void> {
    const path = join(this.path, 'data', name);
    this.hasTest ||= /^[^/]*(test|sample)/i.test(name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  async folder(name: string): Promise<void> {
    await mkdir(join(this.path, 'data', name), { recursive: true });
  }

  /** @param outside path of the target beside `data` */
  async link(name: string, outside: string): Promise<void> {
    const path = join(this.path, 'data', name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(join(this.path, outside), path);
  }

  async outside(name: string, content: Uint8Array): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  /** @param changes keys of the settings that replace those below */
  async settings(name: string, changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { data, ...rest } = changes;
    await mkdir(this.path, { recursive: true });
    await writeFile(
      join(this.path, 'podium.yaml'),
      stringify({
        competition: name,
        metric: 'accuracy',
        preset: 'fast',
        data: { folder: 'data', ...(data as object | undefined) },
        models: [{ model: 'small-net', imageSize: 24, epochs: 8, batchSize: 8, augment: 'none' }],
        folds: { count: 2 },
        threads: 2,
        report: false,
        ...rest,
      }),
    );
  }
}

/** Lines with a line feed after each. */
export function lines(...rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('');
}

export const range = (count: number, start = 0): number[] =>
  Array.from({ length: count }, (_, i) => start + i);
