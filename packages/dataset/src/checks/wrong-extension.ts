import { DECODABLE, extensionFits } from '../decode/file-format.ts';
import type { Check } from './check.ts';
import { count, rowsOf } from './findings.ts';

export const wrongExtension: Check = {
  name: 'wrong-extension',
  summary: 'files whose format does not match their extension',
  run: ({ entries }) => {
    const found = entries.filter(
      ({ row, scan: { format } }) =>
        format !== undefined && DECODABLE.has(format) && !extensionFits(row.image.path, format),
    );
    if (found.length === 0) return [];
    const { row, scan } = found[0]!;
    return [
      {
        check: 'wrong-extension',
        severity: 'note',
        message: `${count(found.length, 'file')} whose format does not match the extension: ${row.image.path} is ${scan.format}`,
        ...rowsOf(found),
        fix: 'none needed; Podium detects the format. Other tools may need the files renamed',
      },
    ];
  },
};
