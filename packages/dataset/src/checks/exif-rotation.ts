import type { Check } from './check.ts';
import { count, idsOf, named, rowsOf } from './findings.ts';

export const exifRotation: Check = {
  name: 'exif-rotation',
  summary: 'photographs that EXIF data rotate or mirror',
  run: ({ entries }) => {
    const found = entries.filter(({ scan }) => (scan.orientation ?? 1) !== 1);
    if (found.length === 0) return [];
    return [
      {
        check: 'exif-rotation',
        severity: 'note',
        message: `${count(found.length, 'image')} stored rotated or mirrored: ${named(idsOf(found))}`,
        ...rowsOf(found),
        fix: 'none needed; Podium rotates them upright. Labels on the stored pixels, such as boxes, would have to be rotated too',
      },
    ];
  },
};
