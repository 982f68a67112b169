import { createReadStream } from 'node:fs';
import { fileError, PodiumError } from '@podium/core';

const [NEWLINE, RETURN, COMMA, QUOTE] = [10, 13, 44, 34];
/** Limits memory for files without line ends. */
const MAX_ROW_BYTES = 1 << 24;

/** A row of numbers and its position in the file. */
export interface PixelRow {
  /** One-based. */
  readonly line: number;
  /** The cells before the pixels. */
  readonly before: readonly string[];
  /** The cells after the pixels. */
  readonly after: readonly string[];
  /** Byte range of the pixels' text. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads the rows of a table of pixels, byte by byte, in constant memory, skipping the header. The loader needs the byte
 * offset of the pixels, which CSV parsers do not provide. Tables of pixels have no quotes, so splitting is counting commas.
 * @param shape the number of cells before, in and after the pixels
 * @throws PodiumError `table-row-length`, `table-quotes`; `file-not-found` and other file errors
 */
export async function eachPixelRow(
  path: string,
  file: string,
  shape: { readonly before: number; readonly pixels: number; readonly after: number },
  onRow: (row: PixelRow) => void,
): Promise<void> {
  const cells = shape.before + shape.pixels + shape.after;
  const row = new Uint32Array(cells + 1);
  const fail = (problem: {
    code: string;
    expected: string;
    got: string;
    fix: string;
    line: number;
  }): never => {
    const { line, ...rest } = problem;
    throw new PodiumError({ ...rest, path: { file, line } });
  };
  let line = 0;
  const take = (bytes: Buffer, start: number, end: number, position: number): void => {
    line++;
    if (line === 1 || end === start) return;
    let count = 1;
    row[0] = start;
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      if (byte === COMMA) {
        if (count < cells) row[count] = i + 1;
        count++;
      } else if (byte === QUOTE) {
        fail({
          code: 'table-quotes',
          line,
          expected: 'numbers',
          got: 'a quote',
          fix: 'write the numbers without quotes',
        });
      }
    }
    if (count !== cells) {
      fail({
        code: 'table-row-length',
        line,
        expected: `${cells} cells`,
        got: String(count),
        fix: 'download the file again; it may be truncated',
      });
    }
    row[cells] = end + 1;
    const text = (from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, k) =>
        bytes.toString('latin1', row[from + k]!, row[from + k + 1]! - 1).trim(),
      );
    const first = row[shape.before]!;
    onRow({
      line,
      before: text(0, shape.before),
      after: text(shape.before + shape.pixels, cells),
      offset: position + first,
      length: row[shape.before + shape.pixels]! - 1 - first,
    });
  };
  try {
    await eachLine(path, take, () =>
      fail({
        code: 'table-row-length',
        line: line + 1,
        expected: `${cells} cells`,
        got: 'a row without a line end',
        fix: 'write the file with line feeds (\\n) as line ends',
      }),
    );
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/** Calls `take(bytes, start, end, position)` per line: `bytes[start, end)`, where `bytes[0]` is byte `position` of the file. */
async function eachLine(
  path: string,
  take: (bytes: Buffer, start: number, end: number, position: number) => void,
  tooLong: () => void,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      take(bytes, start, bytes[end - 1] === RETURN && end > start ? end - 1 : end, position);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    position += start;
    if (rest.length > MAX_ROW_BYTES) tooLong();
  }
  if (rest.length > 0) take(rest, 0, rest.at(-1) === RETURN ? rest.length - 1 : rest.length, position);
}
