import { defineView, type ViewKind } from '../define-view.ts';
import { placedView } from '../placed-view.ts';

/** What the model is evaluated on: the bytes of `preset('eval')`. */
export const identity: ViewKind = defineView({
  name: 'identity',
  summary: 'The image as the model is evaluated on it.',
  settings: () => ({}),
  make: (_, frame) => [placedView(frame, {})],
});
