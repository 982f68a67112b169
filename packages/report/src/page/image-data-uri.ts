import { PodiumError } from '@podium/core';

const MAGIC: readonly (readonly [type: string, test: (bytes: Uint8Array) => boolean])[] = [
  ['image/jpeg', (b) => b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff],
  ['image/png', (b) => ascii(b, 1, 4) === 'PNG'],
  ['image/webp', (b) => ascii(b, 0, 4) === 'RIFF' && ascii(b, 8, 12) === 'WEBP'],
];

/**
 * The bytes of a JPEG, PNG or WebP file as a data URI, for `ReportData.images`.
 * @throws PodiumError `report-image` for other bytes
 */
export function imageDataUri(bytes: Uint8Array): string {
  const type = MAGIC.find(([, test]) => test(bytes))?.[0];
  if (type === undefined) {
    throw new PodiumError({
      code: 'report-image',
      expected: 'the bytes of a JPEG, PNG or WebP file',
      got: `${bytes.length} other bytes`,
      fix: 'encode the image first',
    });
  }
  return `data:${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`;
}

/** Formats in which nothing can run: no SVG. */
export const IMAGE_URI: RegExp = /^data:image\/(?:jpeg|png|webp);base64,[A-Za-z0-9+/]+={0,2}$/;

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
