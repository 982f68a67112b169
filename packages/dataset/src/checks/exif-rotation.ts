import type { Check } from './check.ts';
import { count, idsOf, named } from './findings.ts';

export const exifRotation: Check = {
  name: 'exif-rotation',
  summary: 'photographs that are to be turned or mirrored, as their EXIF data say',
  run: ({ entries }) => {
    const found = entries.filter(({ scan }) => (scan.orientation ?? 1) !== 1);
    if (found.length === 0) return [];
    return [
      {
        check: 'exif-rotation',
        severity: 'note',
        message: `${count(found.length, 'image')} stored turned or mirrored: ${named(idsOf(found))}`,
        rows: idsOf(found),
        fix: 'nothing for Podium, which turns them upright; labels drawn on the stored pixels (boxes) would have to be turned too',
      },
    ];
  },
};
