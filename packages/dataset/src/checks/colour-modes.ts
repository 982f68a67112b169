import { count, idsOf, named } from './support/findings.ts';
import type { ImageScan } from './support/scan-image.ts';
import { isGrey } from './support/signature.ts';
import type { Check, Entry } from './support/types.ts';

const MODES: readonly (readonly [what: string, fix: string, is: (scan: ImageScan) => boolean])[] = [
  ['CMYK', 'nothing; they are converted to sRGB, but look at a few', (scan) => scan.space === 'cmyk'],
  ['16 bits a channel', 'nothing; the upper 8 bits are used', (scan) => scan.depth === 'ushort'],
  ['a palette', 'nothing; colours are looked up', (scan) => scan.palette === true],
  ['transparency', 'nothing; what is transparent is laid on grey', (scan) => scan.alpha === true],
];

export const colourModes: Check = {
  name: 'colour-modes',
  summary: 'CMYK, 16 bits a channel, palettes, transparency, and grey among colour',
  run: ({ entries }) => {
    const readable = entries.filter(({ scan }) => scan.pixels !== undefined);
    const findings = MODES.flatMap(([what, fix, is]) =>
      finding(
        readable.filter(({ scan }) => is(scan)),
        what,
        fix,
      ),
    );
    // A set that is all grey is as its makers meant it.
    const grey = readable.filter(({ scan }) => scan.signature !== undefined && isGrey(scan.signature));
    if (grey.length === readable.length) return findings;
    return [
      ...findings,
      ...finding(
        grey,
        'shades of grey',
        'see that grey does not tell the class; if it does, make all images grey',
      ),
    ];
  },
};

function finding(found: readonly Entry[], what: string, fix: string) {
  if (found.length === 0) return [];
  return [
    {
      check: 'colour-modes',
      severity: 'note' as const,
      message: `${count(found.length, 'image')} with ${what}: ${named(idsOf(found))}`,
      rows: idsOf(found),
      fix,
    },
  ];
}
