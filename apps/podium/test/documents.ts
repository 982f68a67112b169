import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The root of the workspace. */
const ROOT: string = resolve(import.meta.dirname, '../../..');

export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A fenced block of a document. */
export interface Block {
  readonly language: string;
  /** What stands behind the language: `parse-only`. */
  readonly note: string;
  readonly text: string;
}

export function blocksOf(document: string): Block[] {
  return [...document.matchAll(/^```(\w+)(?: +(.*))?\n([\s\S]*?)^```/gm)].map(
    ([, language = '', note = '', text = '']) => ({ language, note, text }),
  );
}

/** The words behind `podium` of every line that calls it. */
export function podiumWords({ text }: Block): string[][] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .flatMap((line) => {
      const [, words] = /^(?:npm run (?:--silent )?podium --|podium) (.*)$/.exec(line) ?? [];
      return words === undefined ? [] : [wordsOf(words)];
    });
}

/** As a shell splits them, of which documents use double quotes alone. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain) as string);
}
