import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Image, Rng } from '@podium/core';
import { afterEach, expect, test, vi } from 'vitest';
import { pipelineFrom } from '../pipeline.ts';
import { PIXELS_WASM } from './pixels-wasm.ts';

/** Noise with patches of one color, of black and of white, so that grays and ends of the scale are there too. */
function testImage(width: number, height: number): Image {
  const rng = Rng.fromSeed(`${width}x${height}`);
  const data = Uint8Array.from({ length: width * height * 3 }, () => rng.int(256));
  for (let patch = 0; patch < 6; patch++) {
    const color = patch < 3 ? [rng.int(256)] : [0, 255, rng.int(256)];
    const start = 3 * rng.int(width * height);
    const end = Math.min(data.length, start + 3 * rng.int(40));
    for (let i = start; i < end; i++) data[i] = color[i % color.length]!;
  }
  return { width, height, channels: 3, data };
}

const STEPS = [
  { saturation: { factor: [0, 0.9] } },
  { saturation: { factor: [1.1, 16] } },
  { hue: { turns: 0.5 } },
  { hue: { turns: [0.5, 0.5] } },
  { contrast: { factor: [0.2, 3] } },
  { colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.5 } },
  'autocontrast',
  'equalize',
  'horizontalFlip',
  { sharpen: {} },
  { randAugment: { n: 3, m: 9, operationP: 1 } },
  { randAugment: { n: 3, m: 9, operationP: 1, interpolation: 'nearest', fill: [1, 2, 3] } },
  { rotate: { degrees: 180 } },
  { rotate: { degrees: 180, border: 'reflect' } },
  { rotate: { degrees: 180, interpolation: 'nearest', border: 'edge' } },
  { affine: {} },
  { shear: {} },
  { translate: {} },
  { randomResizedCrop: { size: 33 } },
  { resize: { size: [17, 40], interpolation: 'lanczos3' } },
] as const;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test.each(STEPS.map((step) => ({ name: JSON.stringify(step), step })))(
  '$name gives the same bytes without WebAssembly',
  async ({ step }) => {
    const spec = [typeof step === 'string' ? { [step]: { p: 1 } } : withAlways(step)];
    const images = [
      testImage(1, 1),
      testImage(3, 3),
      testImage(7, 5),
      testImage(41, 32),
      testImage(270, 260),
    ];
    const fast = pipelineFrom(spec);
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const { pipelineFrom: plainly } = await import('../pipeline.ts');
    const plain = plainly(spec);
    for (const image of images) {
      for (let seed = 0; seed < (image.width < 100 ? 20 : 3); seed++) {
        const wanted = plain.run(image, Rng.fromSeed(seed));
        const got = fast.run(image, Rng.fromSeed(seed));
        const off = wanted.data.findIndex((value, i) => got.data[i] !== value);
        expect(off, `first byte that differs, ${image.width}x${image.height}, seed ${seed}`).toBe(-1);
      }
    }
  },
);

function withAlways(step: object): object {
  const [[name, settings] = ['', {}]] = Object.entries(step);
  return { [name]: { ...settings, p: 1 } };
}

test('the WebAssembly is assembled from pixels.wat', async () => {
  const { default: wabt } = await import('wabt');
  const text = await readFile(join(import.meta.dirname, 'pixels.wat'), 'utf8');
  const { buffer } = (await wabt()).parseWat('pixels.wat', text, { simd: true }).toBinary({});
  expect(Buffer.from(buffer).toString('base64')).toBe(PIXELS_WASM);
});
