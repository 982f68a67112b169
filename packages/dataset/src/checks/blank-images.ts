import { isBlank } from '../inspect/signature.ts';
import type { Check } from './check.ts';
import { count, drops, idsOf, named, rowsOf } from './findings.ts';

export const blankImages: Check = {
  name: 'blank-images',
  summary: 'images of a single color, showing nothing',
  run: ({ entries }) => {
    const found = entries.filter(({ scan }) => scan.signature !== undefined && isBlank(scan.signature));
    if (found.length === 0) return [];
    return [
      {
        check: 'blank-images',
        severity: 'warning',
        message: `${count(found.length, 'image')} of a single color: ${named(idsOf(found))}`,
        ...rowsOf(found),
        fix: 'look at them; drop their rows if they show nothing, or set data.accept: [blank-images] to keep them',
        suggestedPatch: drops(found, 'blank-images: a single color'),
      },
    ];
  },
};
