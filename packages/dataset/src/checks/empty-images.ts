import type { Check } from './check.ts';
import { faultFindings } from './findings.ts';

export const emptyImages: Check = {
  name: 'empty-images',
  summary: 'image files without any bytes',
  run: (context) =>
    faultFindings(
      context,
      'empty-images',
      ['empty'],
      'error',
      'empty',
      'download the files again, or drop their rows',
    ),
};
