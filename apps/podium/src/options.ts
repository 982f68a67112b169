import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { fileError, PodiumError } from '@podium/core';

/** An option that takes a whole number of at least 0. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number of at least 0.');
}

/** An option that takes any finite number. */
export function finiteNumber(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) return Number(text);
  throw new InvalidArgumentError('expected a number, with a point before its decimals.');
}

const BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };
const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 };

/** An option that takes a size: 10GB, 500 MB. */
export function byteSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]?b)$/i.exec(text.trim()) ?? [];
  if (number !== undefined) return Number(number) * BYTES[unit!.toLowerCase()]!;
  throw new InvalidArgumentError('expected a size such as 500MB or 10GB.');
}

/** An option that takes an age, in ms: 12h, 30d, 4w. */
export function age(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([hdw])$/i.exec(text.trim()) ?? [];
  if (number !== undefined) return Number(number) * HOURS[unit!.toLowerCase()]! * 3_600_000;
  throw new InvalidArgumentError('expected an age such as 12h, 30d or 4w.');
}

/** A JSON file that people wrote. */
export async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file, 'read');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PodiumError({
      code: 'settings-json',
      path: { file },
      message: `this is no JSON: ${(error as Error).message}`,
      fix: 'correct it; names and texts stand in double quotes, and nothing follows the last comma',
    });
  }
}
