import { type Html, html } from './html.ts';

/**
 * A box whose content scrolls sideways if there is no room for it; then its frame says so. The keyboard can reach it.
 * @param label for screen readers
 */
export function scrollBox(label: string, content: Html, kind?: string): Html {
  return html`<div class="scroll-frame"><div class="scroll${kind !== undefined && ` ${kind}`}" tabindex="0" role="region" aria-label="${label}">${content}</div></div>`;
}
