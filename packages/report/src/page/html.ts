/** Safe markup: only `html` and `trusted` make it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** Values in a template: text is escaped, markup is not, lists are joined, undefined and false are omitted. */
export type Piece = Html | string | number | undefined | false | readonly Piece[];

/** A markup template that escapes every string and number, in text and in quoted attributes. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(parts.reduce((text, part, i) => text + render(pieces[i - 1]) + part));
}

/** Marks markup as safe. Only for markup that this package made. */
export function trusted(text: string): Html {
  return new Html(text);
}

function render(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (Array.isArray(piece)) return (piece as readonly Piece[]).map(render).join('');
  return escapeText(String(piece));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Replaces what HTML does not allow: control characters (but tab and newline) and lone surrogates. */
export function printable(text: string): string {
  return text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this matches control characters
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu,
    '\ufffd',
  );
}

/** Text from the data, isolated so that right-to-left names do not reorder what surrounds them. */
export function foreign(text: string | number): Html {
  return html`<bdi>${text}</bdi>`;
}

/** A `<script type="application/json">` whose content cannot end the element. */
export function jsonBlock(id: string, value: unknown): Html {
  const text = JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return html`<script type="application/json" id="${id}">${trusted(text)}</script>`;
}

/** Between a label and what is predicted instead; drawn by the style sheet, silent to screen readers. */
export const ARROW: Html = trusted('<span class="arrow" aria-hidden="true"></span>');
