import { readFile } from 'node:fs/promises';
import { fileError, PodiumError } from '@podium/core';

/**
 * Reads a JSON file given on the command line.
 * @throws PodiumError `settings-json` if it is not valid JSON, and those of reading a file
 */
export async function readJsonFile(file: string): Promise<unknown> {
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
      message: `not valid JSON: ${(error as Error).message}`,
      fix: 'correct it: keys and strings need double quotes, and trailing commas are not allowed',
    });
  }
}
