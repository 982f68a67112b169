import { createReadStream } from 'node:fs';
import { fileError, PodiumError } from '@podium/core';

const [NEWLINE, RETURN, COMMA, QUOTE] = [10, 13, 44, 34];
/** No row of pixels is longer; a file without line ends would fill the memory. */
const LONGEST_ROW = 1 << 24;

/** A row of numbers and where it lies in its file. */
export interface PixelRow {
  /** One-based. */
  readonly line: number;
  /** The cells before the pixels. */
  readonly before: readonly string[];
  /** The cells behind the pixels. */
  readonly after: readonly string[];
  /** Bytes of the pixels' text. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Walks over the rows of a table of numbers, byte by byte, in constant memory. A CSV parser does not say at which byte
 * a cell begins, and the loader has to know; tables of pixels have no quotes, so that splitting them is counting commas.
 * The header is skipped.
 * @param shape how many cells come before the pixels, are pixels, and come behind them.
 * @throws PodiumError `table-row-length`, `table-quotes`, `file-not-found` and its kin.
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
        fix: 'download the file again; it may have been cut short',
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
        got: 'a row without end',
        fix: 'write the file with line feeds (\\n) at its line ends',
      }),
    );
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/** `take(bytes, start, end, position)`: a line is `bytes[start, end)`, and `bytes[0]` is byte `position` of the file. */
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
    if (rest.length > LONGEST_ROW) tooLong();
  }
  if (rest.length > 0) take(rest, 0, rest.at(-1) === RETURN ? rest.length - 1 : rest.length, position);
}
