import type { Check } from './check.ts';
import { count, named } from './findings.ts';

export const sharedIds: Check = {
  name: 'shared-ids',
  summary: 'ids in both training and test rows; a leak if they refer to the same file',
  run: ({ description: { train, test } }) => {
    const byId = new Map(train.map((row) => [row.id, row]));
    const shared = test.filter(({ id }) => byId.has(id));
    const place = ({ image }: (typeof test)[number]) =>
      image.kind === 'file' ? image.path : `${image.path}:${image.offset}`;
    const byPlace = new Set(train.map(place));
    const sameFile = test.filter((row) => byPlace.has(place(row)));
    const ids = shared.map(({ id }) => id);
    const files = sameFile.map(({ id }) => id);
    return [
      ...(files.length === 0
        ? []
        : [
            {
              check: 'shared-ids',
              severity: 'leak' as const,
              message: `${count(files.length, 'test row')} with an image that is also a training image: ${named(files)}`,
              rows: files,
              splits: files.map(() => 'test' as const),
              fix: 'set data.options.images to the folder of each split, or drop the training rows',
            },
          ]),
      ...(ids.length === files.length
        ? []
        : [
            {
              check: 'shared-ids',
              severity: 'warning' as const,
              message: `${count(ids.length, 'id')} in both training and test: ${named(ids)}`,
              rows: ids,
              splits: ids.map(() => 'test' as const),
              fix: 'check that each id finds the image of its split, and do not mix caches or predictions by id',
            },
          ]),
    ];
  },
};
