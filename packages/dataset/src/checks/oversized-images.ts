import type { Check } from './check.ts';
import { faultFindings } from './findings.ts';

export const oversizedImages: Check = {
  name: 'oversized-images',
  summary: 'images above the limit of pixels or bytes, such as decompression bombs',
  run: (context) =>
    faultFindings(
      context,
      'oversized-images',
      ['too-large'],
      'too large',
      'shrink the images; or set data.accept: [oversized-images] to continue without them (a test row then keeps what the sample has)',
    ),
};
