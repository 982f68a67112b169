/** PhotometricInterpretation (TIFF 6.0), and its value for CIE L*a*b*. */
export const PHOTOMETRIC = 262;
export const CIELAB = 8;

/** A short number in the first directory of a TIFF; undefined if it is not there. */
export function tiffTag(bytes: Uint8Array, wanted: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return undefined;
  const little = bytes[0] === 0x49;
  // BigTIFF has another version.
  if (view.getUint16(2, little) !== 42) return undefined;
  const directory = view.getUint32(4, little);
  if (directory + 2 > bytes.length) return undefined;
  const count = view.getUint16(directory, little);
  for (let at = directory + 2; at < directory + 2 + 12 * count; at += 12) {
    if (at + 12 > bytes.length) return undefined;
    if (view.getUint16(at, little) === wanted) return view.getUint16(at + 8, little);
  }
  return undefined;
}
