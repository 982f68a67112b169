import { foreign, type Html, html } from './html.ts';
import { shortNames } from './short-names.ts';

/** Names beside and above a matrix: long ones are cut, but no two to the same text; the whole name is in a tooltip. */
export function matrixNames(names: readonly string[], max = 24): Html[] {
  return shortNames(names, max).map((short, i) => {
    const name = names[i]!;
    return short === name
      ? foreign(name)
      : html`<bdi aria-hidden="true" title="${name}">${short}</bdi><span class="hidden">${name}</span>`;
  });
}
