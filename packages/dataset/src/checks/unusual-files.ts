import type { Check } from './check.ts';
import { count, examples, rowsOf } from './findings.ts';

export const unusualFiles: Check = {
  name: 'unusual-files',
  summary: 'files that break the rules of their format, although the image is whole',
  run: ({ entries }) => {
    const found = entries.filter(({ scan }) => scan.oddity !== undefined);
    if (found.length === 0) return [];
    return [
      {
        check: 'unusual-files',
        severity: 'note',
        message: `${count(found.length, 'file')} that other programs show whole, too: ${examples(found, ({ oddity }) => `has ${oddity}`)}`,
        ...rowsOf(found),
        fix: 'none needed; the images are used',
      },
    ];
  },
};
