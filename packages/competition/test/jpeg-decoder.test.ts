import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hashBytes, PodiumError, type ReadWindow, Rng } from '@podium/core';
import {
  createLoader,
  type DecodeOptions,
  decodeImage,
  type Head,
  inspectDataset,
  type ManifestRow,
  useJpegDecoder,
} from '@podium/dataset';
import { loadEngine } from '@podium/engine';
import { inCI } from '@podium/test-kit/skips';
import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { afterAll, afterEach, describe, expect, test } from 'vitest';

const { jpegDecoder } = await loadEngine();
const usable = useJpegDecoder(jpegDecoder);
const root = mkdtempSync(join(tmpdir(), 'podium-jpeg-'));
afterEach(() => void useJpegDecoder(undefined));
afterAll(() => rmSync(root, { recursive: true }));

/** The size and a hash of the pixels, or the code of the error. */
async function decode(name: string, options: DecodeOptions): Promise<string> {
  try {
    const { width, height, channels, data } = await decodeImage(
      { kind: 'file', path: name },
      { root, ...options },
    );
    return `${width}x${height}x${channels} ${hashBytes(data)}`;
  } catch (error) {
    return error instanceof PodiumError ? error.code : String(error);
  }
}

/** By sharp, and by TensorFlow's decoder. */
async function decodeBoth(
  name: string,
  options: DecodeOptions,
): Promise<[reference: string, outcome: string]> {
  useJpegDecoder(undefined);
  const reference = await decode(name, options);
  useJpegDecoder(jpegDecoder);
  return [reference, await decode(name, options)];
}

/** A window anywhere in an image, and an output of up to twice its size or down to a fifth. */
function windowIn(seed: Rng): DecodeOptions['window'] {
  return ({ width, height }): ReadWindow => {
    const rng = seed.split('window');
    const [left, top] = [rng.int(width), rng.int(height)];
    const [across, down] = [1 + rng.int(width - left), 1 + rng.int(height - top)];
    const [outWidth, outHeight] = [across, down].map((side) => Math.ceil(side * rng.uniform(0.2, 2)));
    const part = { left, top, width: across, height: down };
    return { ...part, outWidth: outWidth!, outHeight: outHeight!, interpolation: 'bilinear' };
  };
}

/** Noise over slopes: every coefficient of the transform occurs. */
function draw(width: number, height: number, seed: number): Sharp {
  const noise = Rng.fromSeed(seed).fillUniform(new Float32Array(width * height * 3), -20, 20);
  const pixels = Uint8ClampedArray.from(noise, (value, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return value + ((x * 3 + y * 5 * (i % 3)) % 256);
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

const SIZES: readonly (readonly [width: number, height: number, qualities: readonly number[]])[] = [
  [1, 1, [75]],
  [2, 9, [100]],
  [17, 33, [5, 75, 100]],
  [333, 257, [75]],
];

/** Writes JPEGs of all kinds, most of which TensorFlow's decoder takes; returns their names. */
async function makeFiles(): Promise<string[]> {
  for (const name of readdirSync(join(import.meta.dirname, 'jpegs')))
    writeFileSync(join(root, name), readFileSync(join(import.meta.dirname, 'jpegs', name)));
  for (const [width, height, qualities] of SIZES) {
    for (const quality of qualities) {
      const name = `${width}x${height} at ${quality}`;
      const image = draw(width, height, quality);
      const write = (kind: string, options: JpegOptions, source = image) =>
        source
          .clone()
          .jpeg({ quality, ...options })
          .toFile(join(root, `${name}, ${kind}.jpg`));
      await write('420', {});
      await write('444, optimized', {
        chromaSubsampling: '4:4:4',
        optimizeCoding: true,
      });
      await write('gray', {}, image.clone().grayscale());
      await write('progressive', { progressive: true });
      await write('sRGB profile', {}, image.clone().withIccProfile('srgb'));
      await write('other profile', {}, image.clone().withIccProfile('p3'));
      await write('rotated', {}, image.clone().withMetadata({ orientation: 6 }));
      await write('upright', {}, image.clone().withMetadata({ orientation: 1 }));
      await write('signed', {}, image.clone().withExif({ IFD0: { Copyright: 'somebody' } }));
    }
  }
  return readdirSync(root).sort();
}

describe.skipIf(!usable && !inCI)("TensorFlow's JPEG decoder", async () => {
  const names = await makeFiles();

  test('can be used', () => expect(usable).toBe(true));

  test('takes all usual kinds of files, and only those', async () => {
    const addon = createRequire(import.meta.url)(jpegDecoder!.addon);
    const spied = { ...addon };
    let taken = 0;
    addon.decode = async (...all: unknown[]) => {
      const accepted = await spied.decode(...all);
      if (accepted) taken++;
      return accepted;
    };
    try {
      useJpegDecoder(jpegDecoder);
      for (const name of names) {
        const before = taken;
        await decode(name, {});
        const sharpDecides = /progressive|other profile|rotated/.test(name);
        expect(taken - before, name).toBe(sharpDecides ? 0 : 1);
      }
    } finally {
      addon.decode = spied.decode;
    }
  });

  test.each(names)('gives the same pixels as sharp: %s', async (name) => {
    const rng = Rng.fromSeed(1).split(name);
    for (const mode of ['rgb', 'gray'] as const) {
      const [reference, image] = await decodeBoth(name, { mode });
      expect(reference).toMatch(/^\d+x/);
      expect(image).toBe(reference);
      for (let k = 0; k < 5; k++) {
        const [part, same] = await decodeBoth(name, { mode, window: windowIn(rng.split(k)) });
        expect(same).toBe(part);
      }
    }
  });

  test('what is damaged is rejected or accepted as by sharp', async () => {
    const rng = Rng.fromSeed(process.env.PODIUM_FUZZ_SEED ?? 'damage');
    const outcomes = new Set<string>();
    for (let k = 0; k < Number(process.env.PODIUM_FUZZ_RUNS ?? 200); k++) {
      const bytes = damage(readFileSync(join(root, names[rng.int(names.length)]!)), rng);
      writeFileSync(join(root, 'damaged.jpg'), bytes);
      const [reference, outcome] = await decodeBoth('damaged.jpg', {
        refuse: rng.bool() ? 'warnings' : 'errors',
        window: rng.bool() ? windowIn(rng.split(k)) : undefined,
        maxPixels: 1e6,
      });
      expect(outcome, `case ${k}`).toBe(reference);
      outcomes.add(reference.replace(/ .*/, ''));
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(['333x257x3', 'image-damaged']));
  }, 120_000);

  test('prints nothing about damaged files', async () => {
    const bytes = readFileSync(join(root, '333x257 at 75, 420.jpg'));
    writeFileSync(join(root, 'cut.jpg'), Buffer.concat([bytes.subarray(0, 9000), Buffer.of(0xff, 0xd9)]));
    const program = `
      import { decodeImage, useJpegDecoder } from '@podium/dataset';
      const used = useJpegDecoder(${JSON.stringify(jpegDecoder)});
      process.stderr.write('start');
      const codes = await Promise.all(Array.from({ length: 8 }, () =>
        decodeImage({ kind: 'file', path: 'cut.jpg' }, { root: ${JSON.stringify(root)} }).catch(({ code }) => code)));
      process.stderr.write('end');
      console.log(JSON.stringify({ used, codes }));`;
    const node = ['--conditions=@podium/source', '--import', 'tsx', '--input-type=module', '--eval', program];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, node, {
      cwd: import.meta.dirname,
    });
    expect(JSON.parse(stdout)).toEqual({ used: true, codes: Array(8).fill('image-damaged') });
    expect(stderr).toMatch(/startend$/);
  });

  const rows = names.map((name): ManifestRow => {
    const image = { kind: 'file', path: name } as const;
    return { id: name, image, labels: { class: 'a' }, weight: 1, provenance: { kind: 'true' } };
  });

  test('works in the threads of a loader, which give the same batches', async () => {
    const load = async (workers: number) => {
      const loader = createLoader({ root, rows, batchSize: 16, imageSize: [32, 32], seed: 1, workers });
      const batches: string[] = [];
      for await (const { images } of loader) batches.push(hashBytes(images as Uint8Array));
      return batches;
    };
    const reference = await load(1);
    useJpegDecoder(jpegDecoder);
    expect(await load(2)).toEqual(reference);
    expect(await load(0)).toEqual(reference);
  });

  test('inspection finds the same', async () => {
    const heads: readonly Head[] = [{ name: 'class', task: 'single-label', classes: ['a'] }];
    const data = { layout: 'csv', root, heads, train: rows, test: [], missing: [], unlisted: [] };
    const reference = await inspectDataset(data);
    useJpegDecoder(jpegDecoder);
    expect(await inspectDataset(data)).toEqual(reference);
    expect(reference.images).toBeGreaterThan(30);
  });
});

/** Bits flipped, or bytes cut out, repeated, overwritten, or missing from some point on. */
function damage(bytes: Uint8Array, rng: Rng): Uint8Array {
  const at = rng.int(bytes.length);
  const head = bytes.subarray(0, at);
  const some = 1 + rng.int(40);
  const kinds: (() => Uint8Array)[] = [
    () => bytes.map((byte, i) => (i === at || i === at + some ? byte ^ (1 << rng.int(8)) : byte)),
    () => Buffer.concat([head, bytes.subarray(at + some)]),
    () => Buffer.concat([head, bytes.subarray(at, at + some), bytes.subarray(at)]),
    () => bytes.map((byte, i) => (i >= at && i < at + some ? rng.int(256) : byte)),
    () => Buffer.concat([head, Buffer.of(0xff, 0xd9)]),
    () => head,
  ];
  return kinds[rng.int(kinds.length)]!();
}
