import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { fileError, PodiumError } from '@podium/core';

/** An option that takes a whole number of at least 0. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number of at least 0.');
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
