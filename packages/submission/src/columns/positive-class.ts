import type { Head } from '@podium/dataset';
import { parseNumber } from '../csv/parse-number.ts';

const POSITIVE = /^(true|yes|positive|present|y|t)$/i;

/**
 * The class of a head whose probability a column has room for: its only class, the one the column is named after, or the one
 * that means yes. Undefined if none or several are.
 */
export function positiveOf(
  { classes }: Head,
  column: string,
): { readonly name: string; readonly reason: string } | undefined {
  const [only] = classes;
  if (only !== undefined && classes.length === 1) return { name: only, reason: 'the only class' };
  const words = column.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const named = classes.filter((name) => words.includes(name.toLowerCase()));
  if (named.length === 1) return { name: named[0]!, reason: `"${column}" is named after it` };
  if (classes.length > 2) return undefined;
  const numbers = classes.map(parseNumber);
  // Labels 1 and 2 are not no and yes.
  const isOneOfFlags = numbers.includes(1) && (numbers.includes(0) || numbers.includes(-1));
  const yes = classes.filter((name) => POSITIVE.test(name) || (isOneOfFlags && parseNumber(name) === 1));
  return yes.length === 1
    ? { name: yes[0]!, reason: `of ${classes.join(' and ')}, it is the one that means yes` }
    : undefined;
}
