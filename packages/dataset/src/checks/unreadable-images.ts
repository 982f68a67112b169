import type { Check } from './check.ts';
import { faultFindings } from './findings.ts';

export const unreadableImages: Check = {
  name: 'unreadable-images',
  summary: 'files that cannot be decoded, or are not images',
  run: (context) =>
    faultFindings(
      context,
      'unreadable-images',
      ['unreadable', 'unsupported'],
      'error',
      'unreadable',
      'download the files again, convert them to JPEG or PNG, or drop their rows',
    ),
};
