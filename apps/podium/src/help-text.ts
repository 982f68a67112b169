import { exitCodes } from './exit-codes.ts';

interface HelpText {
  /** What the options do not say. */
  readonly notes?: string;
  /** The exit codes that the command can end with. */
  readonly codes: Partial<Record<keyof typeof exitCodes, string>>;
  /** Command lines. */
  readonly examples: readonly string[];
}

export const FAILED = 'failed; the error says why';
export const INTERRUPTED = 'stopped by Ctrl-C';
export const NOT_PUBLISHED = 'the linter found errors; the submission is not published';

/** The part of a command's help after its options: notes, exit codes, examples. */
export function helpText({ notes, codes, examples }: HelpText): string {
  const rows = Object.entries(codes).map(([name, meaning]) => ({
    code: String(exitCodes[name as keyof typeof exitCodes]),
    meaning,
  }));
  const width = Math.max(...rows.map(({ code }) => code.length));
  return [
    ...(notes === undefined ? [] : ['', notes.trim()]),
    '',
    'Exit codes:',
    ...rows.map(({ code, meaning }) => `  ${code.padEnd(width)}  ${meaning}`),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}
