/** C0 and C1 controls, separators of lines and paragraphs, and marks that change the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text from files and names as one line that a terminal shows and does not obey: what it would act on is written as in JSON,
 * so that `a` + ESC + `[2J` becomes `a\u001b[2J`. Printable text stays as it is, however often it passes here.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** {@link printable}, except that line breaks stay: for text that Podium itself breaks into lines, such as JSON. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
