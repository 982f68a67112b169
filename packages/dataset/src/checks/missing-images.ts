import type { Check } from './check.ts';
import { count, named } from './findings.ts';

export const missingImages: Check = {
  name: 'missing-images',
  summary: 'rows whose image is missing',
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
          message: `${count(found.length, `${split} row`)} without an image: ${named(ids)} (${first.table}:${first.line})`,
          rows: ids,
          splits: ids.map(() => split),
          fix:
            split === 'train'
              ? 'complete the download, or correct the names; these rows are not used for training'
              : 'complete the download, or correct the names; or set submission.unpredicted: sample, to keep what the sample has for them',
        },
      ];
    }),
};
