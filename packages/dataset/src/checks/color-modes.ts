import type { ImageScan } from '../inspect/scan-image.ts';
import { isGray } from '../inspect/signature.ts';
import type { Check, Entry } from './check.ts';
import { count, idsOf, named, rowsOf } from './findings.ts';

const MODES: readonly (readonly [what: string, fix: string, is: (scan: ImageScan) => boolean])[] = [
  ['CMYK', 'none needed; they are converted to sRGB, but look at a few', (scan) => scan.space === 'cmyk'],
  [
    '16 bits per channel',
    'none needed; the upper 8 bits are used',
    (scan) => scan.depth === 'ushort' && scan.range === undefined,
  ],
  [
    'more than 8 bits per channel',
    'none needed; they are scaled by the values that the set uses, or that data.range says',
    (scan) => scan.range !== undefined,
  ],
  ['several pages or frames', 'none needed; the first one is used', (scan) => scan.pages !== undefined],
  ['a palette', 'none needed; colors are looked up', (scan) => scan.palette === true],
  [
    'transparency',
    'none needed; transparent parts are filled with the background',
    (scan) => scan.alpha === true,
  ],
];

export const colorModes: Check = {
  name: 'color-modes',
  summary: 'CMYK, 16 bits per channel, pages, palettes, transparency, and gray images among color images',
  run: ({ entries }) => {
    const readable = entries.filter(({ scan }) => scan.pixels !== undefined);
    const findings = MODES.flatMap(([what, fix, is]) =>
      finding(
        readable.filter(({ scan }) => is(scan)),
        what,
        fix,
      ),
    );
    // A dataset of only gray images is intentional.
    const gray = readable.filter(({ scan }) => scan.signature !== undefined && isGray(scan.signature));
    if (gray.length === readable.length) return findings;
    return [
      ...findings,
      ...finding(
        gray,
        'shades of gray',
        'check that being gray does not reveal the class; if it does, convert all images to gray',
      ),
    ];
  },
};

function finding(found: readonly Entry[], what: string, fix: string) {
  if (found.length === 0) return [];
  return [
    {
      check: 'color-modes',
      severity: 'note' as const,
      message: `${count(found.length, 'image')} with ${what}: ${named(idsOf(found))}`,
      ...rowsOf(found),
      fix,
    },
  ];
}
