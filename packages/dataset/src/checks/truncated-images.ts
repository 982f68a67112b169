import type { Check } from './check.ts';
import { faultFindings } from './findings.ts';

export const truncatedImages: Check = {
  name: 'truncated-images',
  summary: 'images that end too early or are damaged inside, so that parts would be gray',
  run: (context) =>
    faultFindings(
      context,
      'truncated-images',
      ['truncated'],
      'error',
      'cut short or damaged',
      'download the files again, or drop their rows',
    ),
};
