import { PodiumError } from '@podium/core';

const [ZERO, POINT] = [48, 46];
/** Between numbers: tab, line ends, space, quotes, comma, semicolon, vertical bar. */
const BETWEEN: ReadonlySet<number> = new Set([9, 10, 13, 32, 34, 39, 44, 59, 124]);

/**
 * Parses the pixels of a table's row: whole numbers from 0 to 255, also written as `12.0`.
 * @param source for messages: the file, and where the row begins
 * @throws PodiumError `image-damaged` for other content or another number of pixels
 */
export function parsePixelNumbers(
  bytes: Uint8Array,
  count: number,
  source: { readonly path: string; readonly offset: number },
): Uint8Array {
  const out = new Uint8Array(count);
  let at = 0;
  let value = -1;
  let isFraction = false;
  for (let i = 0; i <= bytes.length; i++) {
    const byte = i === bytes.length ? 32 : bytes[i]!;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (isFraction && digit > 0) break;
      if (!isFraction) value = (value < 0 ? 0 : value * 10) + digit;
      if (value > 255) break;
    } else if (byte === POINT && value >= 0 && !isFraction) {
      isFraction = true;
    } else if (BETWEEN.has(byte)) {
      if (value >= 0 && at >= count) break;
      if (value >= 0) out[at++] = value;
      value = -1;
      isFraction = false;
      if (i === bytes.length && at === count) return out;
    } else {
      break;
    }
  }
  throw new PodiumError({
    code: 'image-damaged',
    path: { file: source.path },
    message: `the row at byte ${source.offset} is not an image`,
    expected: `${count} whole numbers from 0 to 255`,
    got: `${at} numbers, then "${Buffer.from(bytes.subarray(0, 40)).toString('latin1')}..."`,
    fix: 'correct the table, or its width, height and channels in data.options',
  });
}
