import type { Check } from './check.ts';
import { count, named } from './findings.ts';

export const missingImages: Check = {
  name: 'missing-images',
  summary: 'rows of a table whose image is nowhere',
  run: ({ description }) =>
    (['train', 'test'] as const).flatMap((split) => {
      const found = description.missing.filter((row) => row.split === split);
      const first = found[0];
      if (first === undefined) return [];
      const ids = found.map(({ id }) => id);
      return [
        {
          check: 'missing-images',
          severity: 'error' as const,
          message: `${count(found.length, `${split} row`)} without image: ${named(ids)} (${first.table}:${first.line})`,
          rows: ids,
          fix:
            split === 'train'
              ? 'complete the download; these rows are left out of training'
              : 'complete the download: a submission needs an answer for each',
        },
      ];
    }),
};
