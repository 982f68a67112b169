import { Rng } from '@podium/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { embeddingPairs } from './embedding-pairs.ts';
import { nearPairs } from './near-pairs.ts';
import { SIGNATURE_BYTES, signatureOf } from './signature.ts';

function bits(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, byte, i) => sum + (byte ^ b[i]!).toString(2).replaceAll('0', '').length, 0);
}

test('finds every pair of near hashes, once: the same as comparing all', () => {
  const hash = fc
    .tuple(fc.constantFrom(0, 90, 255), fc.array(fc.nat(127), { maxLength: 6 }))
    .map(([fill, flips]) => {
      const result = new Uint8Array(16).fill(fill);
      for (const bit of flips) result[bit >> 3] = result[bit >> 3]! ^ (1 << (bit & 7));
      return result;
    });
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 25 }), fc.integer({ min: 0, max: 6 }), (hashes, most) => {
      const pairs: string[] = [];
      nearPairs(hashes, most, (a, b, distance) => pairs.push(`${a} ${b} ${distance}`));
      const all = hashes.flatMap((a, i) =>
        hashes.flatMap((b, j) => (j > i && bits(a, b) <= most ? [`${i} ${j} ${bits(a, b)}`] : [])),
      );
      expect(pairs.sort()).toEqual(all.sort());
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('finds near embeddings among many, once', () => {
  const [rows, width, copies] = [4500, 32, 100];
  const rng = Rng.fromSeed(2);
  const values = rng.fillNormal(new Float32Array(rows * width));
  for (let i = 0; i < copies; i++) {
    for (let k = 0; k < width; k++) {
      values[(rows - 1 - i) * width + k] = 3 * (values[i * width + k]! + 0.1 * rng.normal());
    }
  }
  const pairs = new Set<string>();
  embeddingPairs(values, width, 0.98, (a, b, cosine) => {
    expect(pairs.has(`${a} ${b}`)).toBe(false);
    expect(cosine).toBeGreaterThanOrEqual(0.98);
    pairs.add(`${a} ${b}`);
  });
  expect(pairs.size).toBe(copies);
});

test('golden: a signature is the same on every machine', () => {
  const data = Uint8Array.from({ length: 20 * 12 * 3 }, (_, i) => (i * i * 7) % 256);
  const signature = signatureOf(data, 20, 12);
  expect(signature).toHaveLength(SIGNATURE_BYTES);
  expect(Buffer.from(signature.subarray(0, 24)).toString('hex')).toMatchInlineSnapshot(
    `"bbc7c79c1c393127cf4c30c12ee7cf0c203c669a8a888c50"`,
  );
  expect(signatureOf(new Uint8Array(3).fill(9), 1, 1).subarray(0, 17)).toEqual(
    Uint8Array.of(...new Uint8Array(16), 9),
  );
});
