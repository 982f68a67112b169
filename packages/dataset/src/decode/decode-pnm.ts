import type { Image } from '@podium/core';

/** What the header of a PNM file says. */
export interface PnmHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** The value that is white. */
  readonly white: number;
  /** Values as text, as bytes (two each if `white` is above 255, the first one higher), or as bits. */
  readonly coding: 'text' | 'bytes' | 'bits';
  /** Where the values start. */
  readonly start: number;
}

/** Whether bytes begin like PBM, PGM or PPM. */
export function isPnm(bytes: Uint8Array): boolean {
  const [p, kind, space] = bytes;
  return p === 0x50 && kind! >= 0x31 && kind! <= 0x36 && isSpace(space!);
}

/**
 * Reads the header of a PBM, PGM or PPM file, as text (P1 to P3) or binary (P4 to P6); undefined if it is not valid.
 * https://netpbm.sourceforge.net/doc/pnm.html
 */
export function readPnmHeader(bytes: Uint8Array): PnmHeader | undefined {
  if (!isPnm(bytes)) return undefined;
  const kind = bytes[1]! - 0x30;
  const numbers: number[] = [];
  const wanted = kind === 1 || kind === 4 ? 2 : 3;
  let at = 2;
  while (numbers.length < wanted) {
    at = skipSpace(bytes, at);
    const end = endOfNumber(bytes, at);
    if (end === at || end - at > 9) return undefined;
    numbers.push(Number(Buffer.from(bytes.subarray(at, end)).toString('latin1')));
    at = end;
  }
  const [width = 0, height = 0, white = 1] = numbers;
  if (width < 1 || height < 1 || white < 1 || white > 65_535) return undefined;
  const coding = kind <= 3 ? 'text' : kind === 4 ? 'bits' : 'bytes';
  // One white space ends the header of a binary file.
  return { width, height, channels: kind % 3 === 0 ? 3 : 1, white, coding, start: at + 1 };
}

/**
 * Decodes PNM to `[H,W,1]` or `[H,W,3]`, from 0 to the file's white scaled to bytes.
 * @returns undefined if values are missing or out of range, unless `lenient`: then they are black
 */
export function decodePnm(bytes: Uint8Array, header: PnmHeader, lenient: boolean): Image | undefined {
  const { width, height, channels, white, coding } = header;
  const count = width * height * channels;
  const values = coding === 'text' ? textValues(bytes, header, count) : binaryValues(bytes, header, count);
  if (!lenient && (values.length < count || values.some((value) => value > white))) return undefined;
  const isBitmap = bytes[1] === 0x31 || bytes[1] === 0x34;
  const data = new Uint8Array(count);
  for (let i = 0; i < Math.min(count, values.length); i++) {
    const value = Math.min(1, values[i]! / white);
    data[i] = Math.round((isBitmap ? 1 - value : value) * 255);
  }
  return { width, height, channels, data };
}

function binaryValues(
  bytes: Uint8Array,
  { width, height, white, coding, start }: PnmHeader,
  count: number,
): ArrayLike<number> & { some(test: (value: number) => boolean): boolean } {
  if (coding === 'bits') {
    // Rows start at whole bytes.
    const stride = Math.ceil(width / 8);
    const rows = Math.min(height, Math.floor(Math.max(0, bytes.length - start) / stride));
    const bits = new Uint8Array(rows * width);
    for (let i = 0; i < bits.length; i++) {
      const x = i % width;
      bits[i] = (bytes[start + Math.floor(i / width) * stride + (x >> 3)]! >> (7 - (x & 7))) & 1;
    }
    return bits;
  }
  if (white < 256) return bytes.subarray(start, start + count);
  const there = Math.min(count, Math.floor(Math.max(0, bytes.length - start) / 2));
  const values = new Uint16Array(there);
  for (let i = 0; i < there; i++) values[i] = (bytes[start + 2 * i]! << 8) | bytes[start + 2 * i + 1]!;
  return values;
}

/** Numbers apart; the digits of a bitmap may touch. */
function textValues(bytes: Uint8Array, { white, start }: PnmHeader, count: number): number[] {
  const isBitmap = bytes[1] === 0x31;
  const values: number[] = [];
  for (let at = start - 1; values.length < count; ) {
    at = skipSpace(bytes, at);
    const end = isBitmap ? Math.min(at + 1, endOfNumber(bytes, at)) : endOfNumber(bytes, at);
    if (end === at) break;
    let value = 0;
    for (let i = at; i < end && value <= white; i++) value = value * 10 + bytes[i]! - 0x30;
    values.push(value);
    at = end;
  }
  return values;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** Past white space and comments. */
function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    if (bytes[at] === 0x23) {
      while (at < bytes.length && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at++;
    } else if (!isSpace(bytes[at]!)) break;
  }
  return at;
}

function endOfNumber(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++;
  return at;
}
