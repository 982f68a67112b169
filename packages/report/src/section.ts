import type { Html } from './page/html.ts';
import type { View } from './view.ts';

/** A section of the page. To add one, write a file in `sections/` and add a line to its barrel. */
export interface Section {
  /** Anchor. */
  readonly id: string;
  readonly title: string;
  /** Its body, or undefined if the data have nothing to show. */
  render(view: View): Html | undefined;
}
