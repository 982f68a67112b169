/** A mended file. */
export interface MendedJpeg {
  readonly bytes: Uint8Array;
  /** Clauses after `has`. */
  readonly faults: readonly string[];
}

/**
 * A JPEG without faults that change no pixel, which other programs ignore: bytes between the segments of the header, scan
 * parameters that mean nothing in sequential files (Samsung's cameras), an unknown JFIF version. Undefined if it has none.
 *
 * The decoder reports only its first warning, so damage behind such a fault shows only once the fault is gone.
 * ITU T.81, annex B.
 */
export function mendJpeg(bytes: Uint8Array): MendedJpeg | undefined {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== SOI) return undefined;
  const kept: Uint8Array[] = [];
  let from = 0;
  let sequential = false;
  const faults = new Set<string>();
  const replace = (fault: string, start: number, end: number, by: readonly number[]) => {
    kept.push(bytes.subarray(from, start), Uint8Array.from(by));
    from = end;
    faults.add(fault);
  };
  for (let at = 2; at + 4 <= bytes.length; ) {
    const start = at;
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    const stray = at > start;
    // Fill bytes before a marker are allowed.
    while (bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    if (marker === undefined || marker === EOI) break;
    if (stray) replace('bytes between its segments', start, at, []);
    if (marker === 0 || isRestart(marker) || marker === SOI) {
      at += 2;
      continue;
    }
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) break;
    if (marker >= 0xc0 && marker <= 0xcf && !TABLES.has(marker)) sequential = marker <= 0xc1;
    if (marker === APP0 && isJfif(bytes, at) && bytes[at + 9] !== 1)
      replace('an unknown JFIF version', at + 9, at + 10, [1]);
    if (marker === SOS) {
      const parameters = end - 3;
      if (sequential && !SEQUENTIAL.every((value, i) => bytes[parameters + i] === value))
        replace('the scan parameters of another type of JPEG', parameters, end, SEQUENTIAL);
      at = scanEnd(bytes, end);
    } else at = end;
  }
  if (faults.size === 0) return undefined;
  kept.push(bytes.subarray(from));
  return { bytes: Buffer.concat(kept), faults: [...faults] };
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
/** Markers between the start-of-frame markers: DHT, JPG, DAC. */
const TABLES: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);
/** Start and end of the spectral selection, and the bit positions. */
const SEQUENTIAL: readonly number[] = [0, 63, 0];

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

function isJfif(bytes: Uint8Array, at: number): boolean {
  return [...'JFIF\0'].every((letter, i) => bytes[at + 4 + i] === letter.charCodeAt(0));
}

/** The marker after a scan's data: zeros follow bytes 0xff that are data. */
function scanEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; ; at++) {
    at = bytes.indexOf(0xff, at);
    if (at === -1) return bytes.length;
    const next = bytes[at + 1];
    if (next === undefined || (next !== 0 && next !== 0xff && !isRestart(next))) return at;
  }
}
