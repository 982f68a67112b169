import type { EventEmitter } from 'node:events';
import { exitCodes } from './exit-codes.ts';

/** What the help of a command says beside its arguments and options. */
export interface HelpText {
  /** What the options do not say. */
  readonly notes?: string;
  /** The exit codes that the command can end with. */
  readonly codes: Partial<Record<keyof typeof exitCodes, string>>;
  /** Command lines. */
  readonly examples: readonly string[];
}

export const FAILED = 'failed; the error says why';
export const INTERRUPTED = 'stopped by Ctrl-C (143: by SIGTERM)';
export const NOT_PUBLISHED = 'the linter found errors; the submission is not published';

/** Of commands that end with a submission. */
export const SUBMISSION_CODES: HelpText['codes'] = {
  ok: 'the submission is written, and the linter found no errors',
  failed: FAILED,
  problems: NOT_PUBLISHED,
  interrupted: INTERRUPTED,
};

const given = new WeakMap<object, HelpText>();

/** The part of a command's help after its options: notes, exit codes, examples. For `.addHelpText('after', ...)`. */
export function helpText(help: HelpText): (context: { readonly command: object }) => string {
  return ({ command }) => {
    given.set(command, help);
    return renderHelp(help);
  };
}

/** What {@link helpText} was given for a command, as data; undefined for a command that only has subcommands. */
export function helpOf(command: object): HelpText | undefined {
  // Commander asks for the text when it shows the help.
  (command as EventEmitter).emit('afterHelp', { error: false, command, write: () => {} });
  return given.get(command);
}

function renderHelp({ notes, codes, examples }: HelpText): string {
  const rows = Object.entries(codes).map(([name, meaning]) => ({
    code: String(exitCodes[name as keyof typeof exitCodes]),
    meaning,
  }));
  const width = Math.max(...rows.map(({ code }) => code.length));
  return [
    ...(notes === undefined ? [] : ['', asParagraphs(notes.trim())]),
    '',
    'Exit codes:',
    ...rows.map(({ code, meaning }) => `  ${code.padEnd(width)}  ${meaning}`),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}

/** Lines of one paragraph become one, which is wrapped when it is printed; indented lines stay. */
function asParagraphs(text: string): string {
  return text.replaceAll(/(?<=\S)\n(?=\S)/g, ' ');
}

/** Breaks long lines at spaces; what follows is indented as the line's last column of text. */
export function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrappedLine(line, Math.max(width, MIN_WIDTH)))
    .join('\n');
}

const MIN_WIDTH = 20;

function wrappedLine(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const lines: string[] = [];
  const term = /^ *(?:\S.*? {2,}(?=\S))?/.exec(line)![0];
  const isNarrow = term.length > width / 2;
  const indent = ' '.repeat(isNarrow ? 6 : term.length);
  const column = isNarrow ? indent.length : term.length;
  let rest = line;
  if (isNarrow) {
    if (term.trim() !== '') lines.push(term.trimEnd());
    rest = indent + line.slice(term.length);
  }
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const start = lines.length === 0 ? column : indent.length;
    // A word that is longer than the line stays whole.
    const end = space > start ? space : rest.indexOf(' ', width);
    if (end === -1) break;
    lines.push(rest.slice(0, end).trimEnd());
    rest = indent + rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
