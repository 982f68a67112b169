/** Markup that is known to be safe: made by `html` or `trusted` alone. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** What a template takes: text is escaped, markup is not, lists are joined, nothing is left out. */
export type Piece = Html | string | number | undefined | false | readonly Piece[];

/** A template of markup: every string and number in it is escaped, in text and in quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(parts.reduce((text, part, i) => text + render(pieces[i - 1]) + part));
}

/** Marks markup as safe; for what this package itself made. */
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

export function escapeText(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Without what no HTML may hold: control characters (but tab and newline) and halves of surrogate pairs. */
export function printable(text: string): string {
  return text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu,
    '\ufffd',
  );
}

/** A stranger's text: isolated, so that right-to-left names turn nothing around them. */
export function foreign(text: string | number): Html {
  return html`<bdi>${text}</bdi>`;
}

/** JSON for a `<script type="application/json">`: nothing in it can end the element. */
export function jsonBlock(id: string, value: unknown): Html {
  const text = JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return html`<script type="application/json" id="${id}">${trusted(text)}</script>`;
}
