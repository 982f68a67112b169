import { catalog, settingPaths, settingValues } from '@podium/competition';

/** What a shell is told about a word, in the protocol of the completion scripts. */
interface Completion {
  readonly words: readonly string[];
  /** 1: error, 2: no space after the word, 4: no files; added up. */
  readonly directive: number;
}

const NO_SPACE = 2;
const NO_FILES = 4;

/** Keys of settings (`train.epochs=`), the values of one (`metric=f1-macro`), or the lists of `podium list`. */
export function complete(command: string, given: readonly string[]): Completion {
  const word = given.at(-1) ?? '';
  const starting = (words: readonly string[]) => words.filter((each) => each.startsWith(word));
  if (command === 'list') {
    const [kind] = given;
    const words =
      given.length < 2 || kind === undefined || !catalog.has(kind)
        ? catalog.names()
        : catalog
            .get(kind)
            .entries()
            .map(({ name }) => name);
    return { words: starting(words), directive: NO_FILES };
  }
  const [, key] = /^([^=]+)=/.exec(word) ?? [];
  if (key !== undefined)
    return { words: starting(settingValues(key).map((value) => `${key}=${value}`)), directive: NO_FILES };
  const keys = settingPaths();
  // A key that others lie below has no value of its own.
  const words = keys
    .filter((path) => !keys.some((other) => other.startsWith(`${path}.`)))
    .map((path) => `${path}=`);
  // Without a key, files: one of them has the settings.
  const own = command === 'doctor' && given.length === 1 ? ['engine', ...words] : words;
  return { words: starting(own), directive: NO_SPACE };
}
