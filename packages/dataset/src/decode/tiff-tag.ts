/** PhotometricInterpretation (TIFF 6.0), and its value for CIE L*a*b*. */
export const PHOTOMETRIC = 262;
export const CIELAB = 8;

/** Orientation (TIFF 6.0): 1 is upright. */
const ORIENTATION = 274;
/** The type of numbers of 16 bits. */
const SHORT = 3;

/** A short number in the first directory of a TIFF; undefined if it is not there. */
export function tiffTag(bytes: Uint8Array, wanted: number): number | undefined {
  return readDirectory(bytes)?.get(wanted)?.value;
}

/** Whether an EXIF block, which is a TIFF, certainly requires no rotation: it is whole, and upright or silent about it. */
export function isUpright(bytes: Uint8Array): boolean {
  const directory = readDirectory(bytes);
  if (directory === undefined) return false;
  const { type, value } = directory.get(ORIENTATION) ?? { type: SHORT, value: 1 };
  return type === SHORT && value === 1;
}

/** Entries of the first directory by their tags, of several the first; undefined if it is not whole. */
function readDirectory(bytes: Uint8Array): Map<number, { type: number; value: number }> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return undefined;
  const little = bytes[0] === 0x49;
  // BigTIFF has another version.
  if (view.getUint16(2, little) !== 42) return undefined;
  const directory = view.getUint32(4, little);
  if (directory + 2 > bytes.length) return undefined;
  const end = directory + 2 + 12 * view.getUint16(directory, little);
  if (end > bytes.length) return undefined;
  const entries = new Map<number, { type: number; value: number }>();
  for (let at = directory + 2; at < end; at += 12) {
    const tag = view.getUint16(at, little);
    if (!entries.has(tag))
      entries.set(tag, { type: view.getUint16(at + 2, little), value: view.getUint16(at + 8, little) });
  }
  return entries;
}
