import { expect, test } from 'vitest';
import { Xoshiro128 } from './xoshiro128.ts';

/* Reference values: the authors' C program, https://prng.di.unimi.it/xoshiro128plusplus.c, compiled and run. */

test('gives the first numbers of the reference implementation', () => {
  const bits = new Xoshiro128([1, 2, 3, 4]);
  const expected = [
    641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
  ];
  expect(expected.map(() => bits.next())).toEqual(expected);
});

test('still agrees with the reference after a million numbers from a state with high bits', () => {
  const bits = new Xoshiro128([0xdeadbeef, 0x80000000, 0xffffffff, 0x01234567]);
  bits.fill(new Uint32Array(1_000_000));
  const expected = [118059930, 1822507909, 3430086453, 1735321133, 1330501361];
  expect(expected.map(() => bits.next())).toEqual(expected);
  expect(bits.words()).toEqual([1012112119, 1070921579, 3717540650, 1464030935]);
});

test('fill returns the numbers of repeated next calls, and leaves the same state', () => {
  const filled = new Xoshiro128([1, 2, 3, 4]);
  const called = new Xoshiro128([1, 2, 3, 4]);
  for (const length of [0, 1, 7, 1024]) {
    const out = new Uint32Array(length);
    filled.fill(out);
    expect([...out]).toEqual(Array.from(out, () => called.next()));
    expect(filled.words()).toEqual(called.words());
  }
});

test.each([0, 1, 2, 15, 30, 31])('bit %i is no short linear recurrence', (bit) => {
  const bits = new Xoshiro128([1, 2, 3, 4]);
  const stream = Uint8Array.from({ length: 2000 }, () => (bits.next() >>> bit) & 1);
  // Of truly random bits it is 1000 on average; of a plain linear generator with this state, at most 128.
  expect(linearComplexity(stream)).toBeGreaterThan(980);
});

/** Length of the shortest linear feedback shift register that makes the bits (Berlekamp-Massey). */
function linearComplexity(stream: Uint8Array): number {
  const size = stream.length;
  const current = new Uint8Array(size);
  let before = new Uint8Array(size);
  current[0] = 1;
  before[0] = 1;
  let length = 0;
  let changed = -1;
  for (let n = 0; n < size; n++) {
    let discrepancy = 0;
    for (let i = 0; i <= length; i++) discrepancy ^= current[i]! & stream[n - i]!;
    if (discrepancy === 0) continue;
    const saved = current.slice();
    for (let i = 0; i + n - changed < size; i++)
      current[i + n - changed] = current[i + n - changed]! ^ before[i]!;
    if (length <= n / 2) {
      length = n + 1 - length;
      changed = n;
      before = saved;
    }
  }
  return length;
}
