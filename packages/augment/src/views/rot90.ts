import { integer } from '../settings/fields.ts';
import { placed } from './support/placed.ts';
import { defineView, listOf, type ViewKind } from './support/view.ts';

/** For images without an up and a down; with `identity` and the flips of them all eight views of a square. */
export const rot90: ViewKind = defineView({
  name: 'rot90',
  summary: 'Turned counter-clockwise by each number of quarters.',
  settings: { quarters: listOf(integer(1, { min: 1, max: 3 }), [1, 2, 3]) },
  make: ({ quarters }, frame) =>
    quarters.map((each) => placed(frame, { label: `${each * 90}`, quarters: each })),
});
