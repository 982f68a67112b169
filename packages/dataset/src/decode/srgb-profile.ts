/** Primaries of sRGB in a profile: X, Y, Z adapted to D50 (IEC 61966-2-1; ICC.1:2022, annex E). */
const PRIMARIES: Readonly<Record<string, readonly [number, number, number]>> = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
};

/** Points on sRGB's curve, to distinguish it from a power of 2.2 and similar curves. */
const CURVE: readonly (readonly [signal: number, light: number])[] = [
  [0.02, 0.02 / 12.92],
  [0.1, ((0.1 + 0.055) / 1.055) ** 2.4],
  [0.5, ((0.5 + 0.055) / 1.055) ** 2.4],
  [0.9, ((0.9 + 0.055) / 1.055) ** 2.4],
];

/**
 * Whether a color profile is sRGB, by its primaries and curves. Converting from sRGB to sRGB changes nothing but takes longer
 * than decoding, and most profiles in photographs are sRGB.
 */
export function isSrgbProfile(profile: Uint8Array): boolean {
  const bytes = Buffer.from(profile.buffer, profile.byteOffset, profile.byteLength);
  if (
    bytes.length < 132 ||
    text(bytes, 36) !== 'acsp' ||
    text(bytes, 16) !== 'RGB ' ||
    text(bytes, 20) !== 'XYZ '
  ) {
    return false;
  }
  const tags = new Map<string, Buffer>();
  const count = Math.min(100, bytes.readUInt32BE(128));
  for (let i = 0; i < count; i++) {
    const at = 132 + 12 * i;
    if (at + 12 > bytes.length) return false;
    const offset = bytes.readUInt32BE(at + 4);
    const length = bytes.readUInt32BE(at + 8);
    if (offset + length > bytes.length) return false;
    tags.set(text(bytes, at), bytes.subarray(offset, offset + length));
  }
  // Lookup tables take precedence over primaries.
  if (tags.has('A2B0') || tags.has('A2B1')) return false;
  return (
    Object.entries(PRIMARIES).every(([name, xyz]) => isNear(tags.get(name), xyz)) &&
    ['rTRC', 'gTRC', 'bTRC'].every((name) => isSrgbCurve(tags.get(name)))
  );
}

function text(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4);
}

function fixed(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) / 65536;
}

function isNear(tag: Buffer | undefined, xyz: readonly [number, number, number]): boolean {
  if (tag === undefined || tag.length < 20) return false;
  return xyz.every((value, i) => Math.abs(fixed(tag, 8 + 4 * i) - value) < 0.002);
}

function isSrgbCurve(tag: Buffer | undefined): boolean {
  const at = tag && curve(tag);
  return at !== undefined && CURVE.every(([signal, light]) => Math.abs(at(signal) - light) < 0.0015);
}

/** A parametric curve of the type that sRGB uses, or a table. */
function curve(tag: Buffer): ((signal: number) => number) | undefined {
  const kind = text(tag, 0);
  if (kind === 'para' && tag.length >= 32 && tag.readUInt16BE(8) === 3) {
    const [g = 0, a = 0, b = 0, c = 0, d = 0] = [12, 16, 20, 24, 28].map((at) => fixed(tag, at));
    return (x) => (x >= d ? (a * x + b) ** g : c * x);
  }
  if (kind !== 'curv' || tag.length < 12) return undefined;
  const count = tag.readUInt32BE(8);
  if (count < 64 || tag.length < 12 + 2 * count) return undefined;
  const value = (i: number) => tag.readUInt16BE(12 + 2 * Math.min(i, count - 1)) / 65535;
  return (x) => {
    const low = Math.floor(x * (count - 1));
    const part = x * (count - 1) - low;
    return value(low) * (1 - part) + value(low + 1) * part;
  };
}
