import type { Check } from './check.ts';
import { count, named } from './findings.ts';

export const unlistedImages: Check = {
  name: 'unlisted-images',
  summary: 'images that no row of a table names',
  run: ({ description: { unlisted } }) => {
    if (unlisted.length === 0) return [];
    return [
      {
        check: 'unlisted-images',
        severity: 'note',
        message: `${count(unlisted.length, 'image')} that no row names: ${named(unlisted)}`,
        rows: unlisted,
        splits: [],
        fix: 'none needed if they are extra; else check that the tables are complete',
      },
    ];
  },
};
