import type { Check } from './check.ts';
import { faultFindings } from './findings.ts';

export const unreadableImages: Check = {
  name: 'unreadable-images',
  summary: 'files that cannot be decoded, by their format: JPEG 2000, HEIC, BMP, or no image',
  run: (context) =>
    faultFindings(
      context,
      'unreadable-images',
      ['unreadable', 'unsupported'],
      'unreadable',
      'convert the files to PNG or JPEG, or download them again; or set data.accept: [unreadable-images] to continue without them (a test row then keeps what the sample has)',
    ),
};
