import { isOverride } from '@podium/competition';
import { PodiumError } from '@podium/core';

/**
 * The settings file and the overrides among the arguments of a command, in any order: `masks train.epochs=5`.
 * @throws PodiumError `settings-several` if two of them are files
 */
export function settingsArguments(given: readonly string[]): {
  readonly settings: string;
  readonly overrides: readonly string[];
} {
  const files = given.filter((argument) => !isOverride(argument));
  // The default, the current folder, comes first where the first argument is an override.
  const [settings = '.', other] = files;
  if (other !== undefined) {
    throw new PodiumError({
      code: 'settings-several',
      message: 'this command takes one settings file, and settings as KEY=VALUE',
      got: files.map((file) => JSON.stringify(file)).join(' and '),
      fix: 'name one file; a setting has no spaces around "=", and is quoted if its value has spaces',
    });
  }
  return { settings, overrides: given.filter(isOverride) };
}
