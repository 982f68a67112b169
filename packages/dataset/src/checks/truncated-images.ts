import type { Check } from './check.ts';
import { faultFindings } from './findings.ts';

export const truncatedImages: Check = {
  name: 'truncated-images',
  summary: 'images that are truncated or damaged, so that parts would be gray',
  run: (context) =>
    faultFindings(
      context,
      'truncated-images',
      ['truncated'],
      'error',
      'truncated or damaged',
      'download the files again, or drop their rows',
    ),
};
