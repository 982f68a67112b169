import type { ImageScan } from '../inspect/scan-image.ts';
import { isGray } from '../inspect/signature.ts';
import type { Check, Entry } from './check.ts';
import { count, idsOf, named } from './findings.ts';

const MODES: readonly (readonly [what: string, fix: string, is: (scan: ImageScan) => boolean])[] = [
  ['CMYK', 'nothing; they are converted to sRGB, but look at a few', (scan) => scan.space === 'cmyk'],
  ['16 bits a channel', 'nothing; the upper 8 bits are used', (scan) => scan.depth === 'ushort'],
  ['a palette', 'nothing; colors are looked up', (scan) => scan.palette === true],
  ['transparency', 'nothing; what is transparent is laid on gray', (scan) => scan.alpha === true],
];

export const colorModes: Check = {
  name: 'color-modes',
  summary: 'CMYK, 16 bits a channel, palettes, transparency, and gray among color',
  run: ({ entries }) => {
    const readable = entries.filter(({ scan }) => scan.pixels !== undefined);
    const findings = MODES.flatMap(([what, fix, is]) =>
      finding(
        readable.filter(({ scan }) => is(scan)),
        what,
        fix,
      ),
    );
    // A set that is all gray is as its makers meant it.
    const gray = readable.filter(({ scan }) => scan.signature !== undefined && isGray(scan.signature));
    if (gray.length === readable.length) return findings;
    return [
      ...findings,
      ...finding(
        gray,
        'shades of gray',
        'see that gray does not tell the class; if it does, make all images gray',
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
      rows: idsOf(found),
      fix,
    },
  ];
}
