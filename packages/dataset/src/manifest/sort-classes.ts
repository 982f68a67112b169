import { compareCodeUnits } from '@podium/core';

const NUMBER = /^([+-]?)0*(\d+)(?:\.(\d*?)0*)?$/;

/** Numbers by value (`9` before `10`, `2.0` before `10.0`), everything else by code units: the same in every locale. */
export function sortClasses(names: Iterable<string>): string[] {
  const classes = [...names];
  const areNumbers = classes.every((name) => NUMBER.test(name));
  return classes.sort(areNumbers ? compareNumbers : compareCodeUnits);
}

/** Exact for numbers of any length, such as ids of 20 digits. */
function compareNumbers(a: string, b: string): number {
  const [x, y] = [NUMBER.exec(a)!, NUMBER.exec(b)!];
  const [first, second] = [scaled(x, y), scaled(y, x)];
  return first < second ? -1 : first > second ? 1 : compareCodeUnits(a, b);
}

/** A number as a whole one, with as many decimals as the longer of two. */
function scaled([, sign, digits, decimals = '']: RegExpExecArray, other: RegExpExecArray): bigint {
  const length = Math.max(decimals.length, (other[3] ?? '').length);
  const value = BigInt(`${digits}${decimals.padEnd(length, '0')}`);
  return sign === '-' ? -value : value;
}
