import type { Check } from './check.ts';
import { faultFindings } from './findings.ts';

export const oversizedImages: Check = {
  name: 'oversized-images',
  summary: 'images with more pixels or bytes than the limit: perhaps decompression bombs',
  run: (context) =>
    faultFindings(
      context,
      'oversized-images',
      ['too-large'],
      'error',
      'too large',
      'make the images smaller, drop their rows, or raise the limit (maxPixels, maxBytes) if you trust them',
    ),
};
