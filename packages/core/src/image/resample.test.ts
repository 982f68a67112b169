import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Interpolation } from './image.ts';
import { resample } from './resample.ts';
import { RESAMPLE_WASM } from './resample-wasm.ts';

interface Golden {
  readonly cases: readonly {
    readonly channels: number;
    readonly interpolation: Interpolation;
    readonly size: [number, number];
    readonly box: [number, number, number, number];
    readonly out: [number, number];
    readonly pixels: string;
  }[];
}

const golden = JSON.parse(
  await readFile(join(import.meta.dirname, 'fixtures/pillow.json'), 'utf8'),
) as Golden;

function noise(width: number, height: number, channels: number) {
  const data = Uint8Array.from(
    { length: width * height * channels },
    (_, i) => Math.imul(i + 1, 2654435761) >>> 24,
  );
  return { width, height, channels, data };
}

test.each(golden.cases)(
  '$channels channels, $interpolation, $size, box $box to $out: the bytes of Pillow',
  ({ channels, interpolation, size, box, out, pixels }) => {
    const [left, top, right, bottom] = box;
    const image = noise(...size, channels);
    const result = resample(image, { left, top, right, bottom }, ...out, interpolation);
    expect(Buffer.from(result.data)).toEqual(Buffer.from(pixels, 'base64'));
    expect(image).toEqual(noise(...size, channels));
  },
);

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test.each(golden.cases)(
  '$channels channels, $interpolation, $size, box $box to $out: the same where there is no WebAssembly',
  async ({ channels, interpolation, size, box, out, pixels }) => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const plain = await import('./resample.ts');
    const [left, top, right, bottom] = box;
    const image = noise(...size, channels);
    const result = plain.resample(image, { left, top, right, bottom }, ...out, interpolation);
    expect(Buffer.from(result.data)).toEqual(Buffer.from(pixels, 'base64'));
  },
);

test("a box of the output's size is copied", () => {
  const image = noise(10, 8, 3);
  const { data } = resample(image, { left: 2, top: 1, right: 6, bottom: 4 }, 4, 3, 'bicubic');
  expect(data.subarray(0, 12)).toEqual(image.data.subarray((10 + 2) * 3, (10 + 6) * 3));
});

test('nearest takes the pixel whose middle is nearest', () => {
  const image = { width: 4, height: 1, channels: 1, data: Uint8Array.of(10, 20, 30, 40) };
  expect([...resample(image, { left: 0, top: 0, right: 4, bottom: 1 }, 2, 1, 'nearest').data]).toEqual([
    20, 40,
  ]);
});

test('the WebAssembly is what resample.wat says', async () => {
  const { default: wabt } = await import('wabt');
  const text = await readFile(join(import.meta.dirname, 'resample.wat'), 'utf8');
  const { buffer } = (await wabt()).parseWat('resample.wat', text, { simd: true }).toBinary({});
  expect(Buffer.from(buffer).toString('base64')).toBe(RESAMPLE_WASM);
});
