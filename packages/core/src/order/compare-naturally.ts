import { compareCodeUnits } from './compare-code-units.ts';

/**
 * Natural order: `resnet18` before `resnet101`; everything but digits by UTF-16 code units.
 *
 * Not `Intl.Collator`, whose order depends on the ICU version that Node.js was built with and whose `numeric` option
 * calls `x1` and `x01` equal.
 */
export function compareNaturally(a: string, b: string): number {
  const left = a.split(/(\d+)/);
  const right = b.split(/(\d+)/);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i]!;
    const y = right[i]!;
    // Odd parts are the runs of digits.
    const order = i % 2 === 1 ? Number(x) - Number(y) : compareCodeUnits(x, y);
    if (order !== 0) return order;
  }
  return left.length - right.length || compareCodeUnits(a, b);
}
