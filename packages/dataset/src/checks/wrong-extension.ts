import { DECODABLE, extensionFits } from '../inspect/file-format.ts';
import type { Check } from './check.ts';
import { count, idsOf } from './findings.ts';

export const wrongExtension: Check = {
  name: 'wrong-extension',
  summary: 'files that are of another format than their name says',
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
        message: `${count(found.length, 'file')} of another format than the name says: ${row.image.path} is ${scan.format}`,
        rows: idsOf(found),
        fix: 'nothing for Podium, which goes by content; other tools may need them renamed',
      },
    ];
  },
};
