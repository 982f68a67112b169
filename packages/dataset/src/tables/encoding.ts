import { TextDecoder } from 'node:util';
import { PodiumError } from '@podium/core';

/** Text encodings of tables. */
export type TableEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export const TABLE_ENCODINGS: readonly TableEncoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'];

/** The encoding of a table, and how it is known. */
export interface ChosenEncoding {
  readonly encoding: TableEncoding;
  /** `bytes`: recognized by zero bytes, without a byte order mark. */
  readonly source: 'default' | 'given' | 'mark' | 'bytes';
}

/**
 * The encoding of a table, by its first bytes. What the bytes prove comes before the setting, since one setting is for
 * several tables: a byte order mark, the zero bytes of UTF-16, and UTF-8 beyond ASCII.
 * @throws PodiumError `table-binary` for binary files (zip, Excel)
 */
export function chooseEncoding(
  head: Uint8Array,
  given: TableEncoding | undefined,
  file: string,
): ChosenEncoding {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', source: 'mark' };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', source: 'mark' };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', source: 'mark' };
  const utf16 = utf16Of(head);
  if (utf16 !== undefined) return { encoding: utf16, source: utf16 === given ? 'given' : 'bytes' };
  checkText(head, file);
  if (given === undefined) return { encoding: 'utf-8', source: 'default' };
  // Line ends and delimiters of UTF-16 have zero bytes.
  const isUtf8 = given.startsWith('utf-16') || (head.some((byte) => byte > 127) && startsAsUtf8(head));
  return isUtf8 ? { encoding: 'utf-8', source: 'default' } : { encoding: given, source: 'given' };
}

function checkText(head: Uint8Array, file: string): void {
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

/** Whether bytes are UTF-8 text, of which the end may be cut off. */
function startsAsUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** In Western text in UTF-16, every other byte is zero: after the letter or before it. */
function utf16Of(head: Uint8Array): TableEncoding | undefined {
  const zeros = [0, 0];
  const length = Math.min(head.length & ~1, 256);
  for (let i = 0; i < length; i++) if (head[i] === 0) zeros[i & 1] = zeros[i & 1]! + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > length / 4 && even === 0) return 'utf-16le';
  if (even > length / 4 && odd === 0) return 'utf-16be';
  return undefined;
}

function wrongEncoding(file: string, option: string, line: number): never {
  throw new PodiumError({
    code: 'table-encoding',
    path: { file, line },
    expected: 'UTF-8',
    got: 'other bytes (most likely Latin-1 or Windows-1252)',
    fix: `set ${option} to windows-1252, or convert it: iconv -f windows-1252 -t utf-8 old.csv > new.csv`,
  });
}

/** Decodes chunks of bytes to text with `\n` for all kinds of line ends. */
export class TextDecoding {
  readonly #decoder: TextDecoder;
  readonly #file: string;
  readonly #option: string;
  #line = 1;
  /** A `\r` at the end of a chunk waits for the next chunk: a `\n` may follow. */
  #held = false;

  /** @param option the setting that decides the encoding, for messages */
  constructor(encoding: TableEncoding, file: string, option: string) {
    this.#decoder = new TextDecoder(encoding, { fatal: true });
    this.#file = file;
    this.#option = option;
  }

  /** @throws PodiumError `table-encoding` naming the line of the first invalid bytes */
  text(chunk: Uint8Array | undefined): string {
    let text: string;
    try {
      text = chunk === undefined ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true });
    } catch {
      return wrongEncoding(this.#file, this.#option, this.#line + linesBeforeFault(chunk));
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
