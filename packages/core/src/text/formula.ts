/** Text that a spreadsheet may run when a CSV is opened: it begins as a formula does, and is not a number. */
export const FORMULA: RegExp =
  /^(?![+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$)[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** Text for a CSV that people open: with an apostrophe in front, a spreadsheet shows a formula and does not run it. */
export function withoutFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text again that {@link withoutFormula} was given. */
export function formulaRead(text: string): string {
  return text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
}
