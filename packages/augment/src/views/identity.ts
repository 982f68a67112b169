import { placed } from './support/placed.ts';
import { defineView, type ViewKind } from './support/view.ts';

/** What the model is evaluated on: `preset('eval')`, to the byte. */
export const identity: ViewKind = defineView({
  name: 'identity',
  summary: 'The image as the model is evaluated on it.',
  settings: {},
  make: (_, frame) => [placed(frame, {})],
});
