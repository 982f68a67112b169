import { fileError, openFile } from '@podium/core';
import Papa from 'papaparse';
import { recognizeDialect } from './dialect.ts';
import { chooseEncoding, TextDecoding } from './encoding.ts';
import type { TableOptions } from './read-table.ts';

/** A row of 100,000 numbers is shorter. */
const HEAD_BYTES = 1 << 20;

/** The cells of a table's first line, header or not, and its delimiter. */
export async function firstCells(
  path: string,
  { name: file = path, encoding, delimiter: given }: TableOptions,
): Promise<{ readonly cells: readonly string[]; readonly delimiter: string }> {
  try {
    const handle = await openFile(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const head = buffer.subarray(0, bytesRead);
      const chosen = chooseEncoding(head, encoding, file);
      const text = new TextDecoding(chosen.encoding, file, 'the encoding').text(head);
      const isWhole = bytesRead < HEAD_BYTES;
      const { delimiter } = recognizeDialect(text, { given, isWhole, file, option: 'the delimiter' });
      const { data } = Papa.parse<string[]>(text, { delimiter, newline: '\n', preview: 1 });
      return { cells: (data[0] ?? []).map((cell) => cell.trim()), delimiter };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}
