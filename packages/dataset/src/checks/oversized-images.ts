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
      'error',
      'too large',
      'shrink the images, drop their rows, or raise the limit (maxPixels, maxBytes) if you trust them',
    ),
};
