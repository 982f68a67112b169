import { joinExtents, shown, typeName } from '../inspect/choose-range.ts';
import type { Check, Entry, Finding } from './check.ts';
import { rowsOf } from './findings.ts';

/** Images with more than 8 bits per channel whose black and white are unclear: guessed wrong, they are black or white. */
export const valueRanges: Check = {
  name: 'value-ranges',
  summary: 'images with more than 8 bits per channel whose values have no common range',
  run: ({ entries, ranges, hasRange }) => {
    if (hasRange && !entries.some(({ scan }) => scan.extent !== undefined)) {
      const message = 'data.range is set, but no image has more than 8 bits per channel';
      return [
        {
          check: 'value-ranges',
          severity: 'warning',
          message,
          rows: [],
          splits: [],
          fix: 'remove data.range',
        },
      ];
    }
    return [...ranges].flatMap(([depth, choice]): Finding[] => {
      if (!('problem' in choice)) return [];
      const found = entries.filter(
        ({ scan }) => scan.depth === depth && scan.extent !== undefined && scan.range === undefined,
      );
      return [
        {
          check: 'value-ranges',
          severity: 'error',
          message: `${choice.problem}; what is black, and what is white?`,
          ...rowsOf(found),
          fix: `set data.range: [${bounds(found)}] for the black and the white of all images with ${typeName(depth)}, or data.range: own for those of each image`,
        },
      ];
    });
  },
};

/** All values of the images. */
function bounds(found: readonly Entry[]): string {
  const { min, max } = joinExtents(found.map(({ scan }) => scan.extent!));
  return `${shown(Math.min(0, min))}, ${shown(max)}`;
}
