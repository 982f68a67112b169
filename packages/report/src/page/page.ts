import { createHash } from 'node:crypto';
import { SCRIPT, STYLE } from './assets.ts';
import { count } from './format.ts';
import { type Html, html, jsonBlock, trusted } from './html.ts';
import type { ImageBook } from './image-book.ts';
import type { Payload } from './payload.ts';

/** Default maximum size of a file: small enough for email. */
export const BUDGET = 5_000_000;

interface PageSection {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** What a page consists of. */
export interface PageParts {
  readonly title: string;
  /** Shown above the title. */
  readonly kicker: string;
  readonly subtitle?: Html | undefined;
  readonly sections: readonly PageSection[];
  readonly payload: Payload;
  readonly book: ImageBook;
  readonly maxBytes: number;
}

// The page may fetch nothing and run no other script, whatever the data contain.
const POLICY = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A self-contained HTML document. The least important images that do not fit are omitted. */
export function page(parts: PageParts): string {
  const { book, payload, maxBytes } = parts;
  const before = frame(parts);
  const after = [
    jsonBlock('podium-data', payload),
    html`<script>${trusted(SCRIPT)}</script></body></html>\n`,
  ].join('');
  // With the longest possible footer.
  const withoutImages = `${before}${footer(book.size, book.size + 1)}${jsonBlock(IMAGES, [])}${after}`;
  const images = book.embed(maxBytes - Buffer.byteLength(withoutImages));
  const shown = images.filter((image) => image !== null).length;
  return `${before}${footer(shown, images.length)}${jsonBlock(IMAGES, images)}${after}`;
}

const IMAGES = 'podium-images';

function footer(shown: number, total: number): Html {
  return html`<footer class="foot">Made by Podium. This file is self-contained and makes no network requests.${shown < total && ` It has room for ${count(shown)} of ${count(total)} images.`}</footer>\n`;
}

function frame({ title, kicker, subtitle, sections }: PageParts): string {
  const links = sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`);
  const bodies = sections.map(
    ({ id, title: name, body }) =>
      html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>${body}</section>\n`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title} · Podium</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header class="top"><div><p class="kicker">${kicker}</p><h1><bdi>${title}</bdi></h1>${subtitle !== undefined && html`<p class="subtitle">${subtitle}</p>`}</div><button type="button" id="theme" class="theme" hidden>Theme</button></header>
<div class="layout">
<nav class="contents" aria-label="Contents"><ol>${links}</ol></nav>
<main id="main" tabindex="-1">
<noscript><p class="callout">Images and the cells of the confusion matrix require JavaScript. The script is part of this file and makes no network requests.</p></noscript>
${bodies}
</main>
</div>
`.text;
}
