import type { Images } from './page-data.ts';

/** Sets the source of every image, or replaces it by a placeholder. */
export function fillImages(within: ParentNode, images: Images): void {
  for (const image of within.querySelectorAll<HTMLImageElement>('img[data-image]')) {
    const uri = images[Number(image.dataset.image)];
    if (typeof uri === 'string') {
      image.decoding = 'async';
      image.src = uri;
      image.removeAttribute('data-image');
    } else image.replaceWith(noImage(image.className));
  }
}

/** An image by number, or a placeholder. */
export function imageOf(number: number | null | undefined, alt: string, images: Images): HTMLElement {
  const uri = typeof number === 'number' ? images[number] : null;
  if (typeof uri !== 'string') return noImage('thumb');
  const image = document.createElement('img');
  image.className = 'thumb';
  image.decoding = 'async';
  image.alt = alt;
  image.src = uri;
  return image;
}

function noImage(kind: string): HTMLElement {
  return element('span', { className: `${kind} none`, ariaHidden: 'true' });
}

/** An element with properties and children; strings become text, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
