import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SourceFailure } from '../../src/install/failure.ts';
import { openWheel } from '../../src/install/wheel.ts';
import { wheelBytes } from './fake-tensorflow.ts';

const files = {
  'tensorflow/lib.so': new TextEncoder().encode('a library '.repeat(200)),
  'tensorflow/a.h': new TextEncoder().encode('a header\n'),
};
const good = wheelBytes('tensorflow', '2.21.0', files);

/** Unpacks all files of a wheel with these bytes, and returns them. */
async function unpackAll(bytes: Uint8Array): Promise<Record<string, Uint8Array>> {
  const folder = mkdtempSync(join(tmpdir(), 'podium-wheel-'));
  try {
    writeFileSync(join(folder, 'x.whl'), bytes);
    const wheel = await openWheel(join(folder, 'x.whl'));
    try {
      const result: Record<string, Uint8Array> = {};
      for (const name of Object.keys(files)) {
        await wheel.unpack(name, join(folder, name));
        result[name] = Uint8Array.from(readFileSync(join(folder, name)));
      }
      return result;
    } finally {
      wheel.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('unpacked files equal the packed ones', async () => {
  expect(await unpackAll(good)).toEqual(files);
});

test('for any flipped bit, either all files are correct, or the wheel is rejected as damaged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length * 8 - 1), async (bit) => {
      const bytes = Uint8Array.from(good);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expectRightOrRefused(bytes);
    }),
    { numRuns: 400 },
  );
});

test('truncated anywhere, it is rejected as damaged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), async (length) => {
      await expect(unpackAll(good.slice(0, length))).rejects.toThrow(SourceFailure);
    }),
    { numRuns: 100 },
  );
});

async function expectRightOrRefused(bytes: Uint8Array): Promise<void> {
  let result: Record<string, Uint8Array>;
  try {
    result = await unpackAll(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(SourceFailure);
    return;
  }
  expect(result).toEqual(files);
}
