const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const DECIMAL_COMMA = /^[+-]?\d*,\d+$/;
const YES = /^(true|yes|t|y)$/i;
const NO = /^(false|no|f|n)$/i;

/** The number in a cell, with a decimal point or comma; undefined for any other text. */
export function numberOf(cell: string): number | undefined {
  const text = cell.trim();
  if (NUMBER.test(text)) return Number(text);
  return DECIMAL_COMMA.test(text) ? Number(text.replace(',', '.')) : undefined;
}

/** Whether a cell is a number with a decimal comma. */
export function hasDecimalComma(cell: string): boolean {
  return DECIMAL_COMMA.test(cell.trim());
}

/** The number in a cell of a 0/1 column, which may also hold true and false, or yes and no. */
export function flagOf(cell: string): number | undefined {
  const text = cell.trim();
  if (YES.test(text)) return 1;
  return NO.test(text) ? 0 : numberOf(text);
}
