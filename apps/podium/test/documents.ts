import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT: string = resolve(import.meta.dirname, '../../..');

export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A fenced code block. */
export interface Block {
  readonly language: string;
  /** The text after the language, such as `parse-only`. */
  readonly note: string;
  readonly text: string;
}

export function blocksOf(document: string): Block[] {
  return [...document.matchAll(/^```(\w+)(?: +(.*))?\n([\s\S]*?)^```/gm)].map(
    ([, language = '', note = '', text = '']) => ({ language, note, text }),
  );
}

/** The arguments of each line that runs Podium. */
export function podiumCommands({ text }: Block): string[][] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .flatMap((line) => {
      const [, args] = /^(?:npm run (?:-s |--silent )?podium --|npx podium|podium) (.*)$/.exec(line) ?? [];
      return args === undefined ? [] : [splitArguments(args)];
    });
}

/** Splits like a shell; documents quote only with double quotes. */
function splitArguments(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain) as string);
}
