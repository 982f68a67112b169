import { createHash } from 'node:crypto';
import { SCRIPT, STYLE } from './assets.ts';
import { count } from './format.ts';
import { type Html, html, jsonBlock, trusted } from './html.ts';
import type { ImageBook } from './image-book.ts';
import type { Payload } from './payload.ts';

/** What one file may weigh, images and all: a mail still takes it. */
export const BUDGET = 5_000_000;

interface PageSection {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export interface PageParts {
  readonly title: string;
  /** Above the title: what this is. */
  readonly kicker: string;
  readonly subtitle?: Html | undefined;
  readonly sections: readonly PageSection[];
  readonly payload: Payload;
  readonly book: ImageBook;
  readonly maxBytes: number;
}

// Nothing may be fetched, and no script may run but this one, whatever a class or a file is called.
const POLICY = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A whole HTML document with everything in it. Images that do not fit are left out, the least important first. */
export function page(parts: PageParts): string {
  const { book, payload, maxBytes } = parts;
  const before = frame(parts);
  const after = [
    jsonBlock('podium-data', payload),
    html`<script>${trusted(SCRIPT)}</script></body></html>\n`,
  ].join('');
  // The longest that the foot can become.
  const around = `${before}${foot(book.size, book.size + 1)}${jsonBlock(IMAGES, [])}${after}`;
  const images = book.embed(maxBytes - Buffer.byteLength(around));
  const shown = images.filter((image) => image !== null).length;
  return `${before}${foot(shown, images.length)}${jsonBlock(IMAGES, images)}${after}`;
}

const IMAGES = 'podium-images';

function foot(shown: number, pictures: number): Html {
  return html`<footer class="foot">Made by Podium. This file holds everything it shows and asks nobody for anything.${shown < pictures && ` It has room for ${count(shown)} of ${count(pictures)} images.`}</footer>\n`;
}

function frame({ title, kicker, subtitle, sections }: PageParts): string {
  const links = sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`);
  const bodies = sections.map(
    ({ id, title: name, body }) =>
      html`<section id="${id}" aria-labeledby="${id}-title"><h2 id="${id}-title">${name}</h2>${body}</section>\n`,
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
<noscript><p class="callout">Images and the cells of the confusion matrix need JavaScript, which is in this file and fetches nothing.</p></noscript>
${bodies}
</main>
</div>
`.text;
}
