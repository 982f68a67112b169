import { TextDecoder } from 'node:util';
import { PodiumError } from '@podium/core';

/** Text encodings of tables. */
export type TableEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export const TABLE_ENCODINGS: readonly TableEncoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'];

/**
 * Rejects files that are not UTF-8 text, by their first bytes.
 * @throws PodiumError `table-encoding` for UTF-16, `table-binary` for binary files (zip, Excel)
 */
export function checkEncoding(head: Uint8Array, file: string): void {
  const utf16 = utf16Of(head);
  if (utf16 !== undefined) wrongEncoding(file, utf16);
  const zip = head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  if (!zip && !gzip && !head.includes(0)) return;
  throw new PodiumError({
    code: 'table-binary',
    path: { file },
    expected: 'a text table (CSV)',
    got: zip ? 'a zip archive or an Excel file' : gzip ? 'a gzip archive' : 'binary data',
    fix: zip || gzip ? 'unpack it, or export the sheet as CSV in UTF-8' : 'name another file',
  });
}

/** In Western text in UTF-16, every other byte is zero: after the letter or before it. */
function utf16Of(head: Uint8Array): TableEncoding | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  const length = Math.min(head.length & ~1, 256);
  for (let i = 0; i < length; i++) if (head[i] === 0) zeros[i & 1] = zeros[i & 1]! + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > length / 4 && even === 0) return 'utf-16le';
  if (even > length / 4 && odd === 0) return 'utf-16be';
  return undefined;
}

function wrongEncoding(file: string, encoding: TableEncoding, line?: number): never {
  throw new PodiumError({
    code: 'table-encoding',
    path: { file, line },
    expected: 'UTF-8',
    got: encoding === 'windows-1252' ? 'other bytes (most likely Latin-1 or Windows-1252)' : encoding,
    fix: `set the table's encoding to ${encoding}, or convert it: iconv -f ${encoding} -t utf-8 old.csv > new.csv`,
  });
}

/** Decodes chunks of bytes to text with `\n` for all kinds of line ends. */
export class TextDecoding {
  readonly #decoder: TextDecoder;
  readonly #file: string;
  #line = 1;
  /** A `\r` at the end of a chunk waits for the next chunk: a `\n` may follow. */
  #held = false;

  constructor(encoding: TableEncoding, file: string) {
    this.#decoder = new TextDecoder(encoding, { fatal: true });
    this.#file = file;
  }

  /** @throws PodiumError `table-encoding` naming the line of the first invalid bytes */
  text(chunk: Uint8Array | undefined): string {
    let text: string;
    try {
      text = chunk === undefined ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true });
    } catch {
      return wrongEncoding(this.#file, 'windows-1252', this.#line + linesBeforeFault(chunk));
    }
    if (this.#held) text = `\r${text}`;
    this.#held = chunk !== undefined && text.endsWith('\r');
    if (this.#held) text = text.slice(0, -1);
    const normalized = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    for (let at = normalized.indexOf('\n'); at !== -1; at = normalized.indexOf('\n', at + 1)) this.#line++;
    return normalized;
  }
}

/** Number of line feeds before the first invalid UTF-8 byte, give or take one character. */
function linesBeforeFault(chunk: Uint8Array | undefined): number {
  if (chunk === undefined) return 0;
  let valid = 0;
  let invalid = chunk.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(chunk.subarray(0, middle), { stream: true });
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  return chunk.subarray(0, valid).reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0);
}
