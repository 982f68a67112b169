import { expect, test } from 'vitest';
import type { AdmissionReport } from '../stages/admit-external.ts';
import { leftOutImages } from './left-out-images.ts';

test('copies, unreadable files, unknown labels and what the layout left out, each with a count and a reason', () => {
  const copy = (id: string, source: string, kind: 'exact' | 'near') => ({
    source: 'web',
    id,
    kind,
    duplicateOf: { source, id: 'x' },
  });
  const layout = { what: 'images', count: 1, of: 9, reason: 'no row names them', examples: ['z.png'] };
  const report = {
    sources: [
      {
        name: 'web',
        images: 8,
        dropped: [
          copy('web/a', 'test', 'exact'),
          copy('web/b', 'test', 'exact'),
          copy('web/c', 'train', 'near'),
          copy('web/d', 'books', 'exact'),
        ],
      },
    ],
    read: [
      {
        name: 'web',
        unreadable: ['web/e'],
        unknown: [
          { head: 'pet', label: 'hamster', images: 2 },
          { head: 'pet', label: 'ant', images: 1 },
        ],
        decisions: [],
        omissions: [layout],
      },
    ],
  } as unknown as AdmissionReport;
  expect(
    leftOutImages(report).map(
      ({ what, count, of, reason, examples }) =>
        `${count} of ${of} ${what}: ${reason} (${examples.join(', ')})`,
    ),
  ).toEqual([
    '1 of 9 images of web: no row names them (z.png)',
    '1 of 9 images of web: they cannot be read (web/e)',
    '2 of 9 images of web: they are the same as an image of the test set (web/a, web/b)',
    '1 of 9 images of web: they show the same as an image of the training set (web/c)',
    '1 of 9 images of web: they are the same as an image of books (web/d)',
    '3 of 8 labels of web: they are not among the classes of "pet" ("hamster" of 2, "ant" of 1)',
  ]);
});
