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
      'empty',
      'download the files again; or set data.accept: [empty-images] to continue without them (a test row then keeps what the sample has)',
    ),
};
