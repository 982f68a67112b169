import type { Html } from './page/html.ts';
import type { View } from './view.ts';

/** A part of the page. Adding one is a file in `sections/` and a line in its barrel. */
export interface Section {
  /** The anchor. */
  readonly id: string;
  readonly title: string;
  /** Its body, or undefined where the data have nothing for it. */
  render(view: View): Html | undefined;
}
