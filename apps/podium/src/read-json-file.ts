import { PodiumError, parseJson, readText } from '@podium/core';

/**
 * Reads a JSON file given on the command line.
 * @throws PodiumError `settings-json` if it is not valid JSON, and those of reading a file
 */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return parseJson(text);
  } catch (error) {
    throw new PodiumError({
      code: 'settings-json',
      path: { file },
      message: `not valid JSON: ${(error as Error).message}`,
      fix: 'correct it: keys and strings need double quotes, and trailing commas are not allowed',
    });
  }
}
