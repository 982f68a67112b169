import { printable, printableLines } from '@podium/core';
import { withCommand } from './podium-command.ts';

/**
 * Where a command writes: results to standard output, everything else to standard error. Names of files and classes are
 * untrusted input, so nothing in a line reaches the screen raw: escape sequences and line breaks are shown instead. Whatever Podium
 * itself does to a screen is added here, after that.
 */
export interface Terminal {
  /** Prints one line of the result. */
  print(line: string): void;
  /** Prints text for programs: without hints, its line breaks stay. */
  printExactly(text: string): void;
  /** Prints one line about progress, warnings or errors. */
  log(line: string): void;
  /** Shows a line that the next one replaces, an empty one nothing; only on an interactive terminal. */
  status(line: string): void;
  /** Whether standard error is a terminal, outside CI. */
  readonly isInteractive: boolean;
  /** How people start Podium here: `podium`, `npx podium`; hints that are printed follow it. */
  readonly podium: string;
  /** Characters per line; undefined where nothing limits it. */
  readonly width: number | undefined;
}

interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

interface TerminalOptions {
  /** Default: `podium`. */
  readonly podium?: string;
  /** In milliseconds. */
  readonly now?: () => number;
}

const CLEAR_LINE = '\r\u001b[2K';
/** A status line is redrawn at most ten times a second. */
const REDRAW_MS = 100;
const DEFAULT_WIDTH = 80;

export function createTerminal(
  stdout: Screen,
  stderr: Screen,
  env: NodeJS.ProcessEnv,
  { podium = 'podium', now = () => performance.now() }: TerminalOptions = {},
): Terminal {
  const isInteractive =
    stderr.isTTY === true &&
    widthOf(stderr, env) !== undefined &&
    (env.CI ?? '') === '' &&
    env.TERM !== 'dumb';
  let isShown = false;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let waiting: { readonly timer: NodeJS.Timeout; line: string } | undefined;
  const draw = (line: string): void => {
    drawnAt = now();
    // A line that wraps could not be cleared.
    stderr.write(`${CLEAR_LINE}${fitting(printable(line), (widthOf(stderr, env) ?? DEFAULT_WIDTH) - 1)}`);
    isShown = true;
  };
  const clearStatus = (): void => {
    clearTimeout(waiting?.timer);
    waiting = undefined;
    if (isShown) stderr.write(CLEAR_LINE);
    isShown = false;
  };
  const write = (screen: Screen, line: string): void => {
    clearStatus();
    screen.write(`${line}\n`);
  };
  return {
    print: (line) => write(stdout, printable(withCommand(line, podium))),
    printExactly: (text) => write(stdout, printableLines(text)),
    log: (line) => write(stderr, printable(withCommand(line, podium))),
    status: (line) => {
      if (!isInteractive) return;
      if (line === '') return clearStatus();
      if (waiting !== undefined) {
        waiting.line = line;
        return;
      }
      const left = drawnAt + REDRAW_MS - now();
      if (left <= 0) return draw(line);
      const drawLater = (): void => {
        const last = waiting?.line;
        waiting = undefined;
        if (last !== undefined) draw(last);
      };
      waiting = { line, timer: setTimeout(drawLater, left).unref() };
    },
    isInteractive,
    podium,
    get width() {
      return widthOf(stdout, env);
    },
  };
}

/** `COLUMNS`, where it is set, else what the screen says. */
function widthOf({ isTTY, columns = 0 }: Screen, { COLUMNS = '' }: NodeJS.ProcessEnv): number | undefined {
  if (/^[1-9]\d{0,4}$/.test(COLUMNS)) return Number(COLUMNS);
  return isTTY === true && columns > 0 ? columns : undefined;
}

/** East Asian characters and emoji, which take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** The beginning of a line that fits into so many columns. */
function fitting(line: string, width: number): string {
  let used = 0;
  let fits = '';
  for (const character of line) {
    used += WIDE.test(character) ? 2 : 1;
    if (used > width) break;
    fits += character;
  }
  return fits;
}

export function printLines(terminal: Terminal, lines: readonly string[]): void {
  for (const line of lines) terminal.print(line);
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.printExactly(JSON.stringify(value, undefined, 2));
}
