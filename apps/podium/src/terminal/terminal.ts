/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  /** A line of the result. */
  out(line: string): void;
  /** A line about how it goes. */
  say(line: string): void;
  /** A line that the next one replaces, where somebody watches; nothing elsewhere. */
  status(line: string): void;
  /** Whether somebody watches: standard error is a terminal and no CI. */
  readonly isWatched: boolean;
}

interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const CLEAR_LINE = '\r\u001b[2K';

export function makeTerminal(stdout: Screen, stderr: Screen, env: NodeJS.ProcessEnv): Terminal {
  const isWatched =
    stderr.isTTY === true && (stderr.columns ?? 0) > 0 && (env.CI ?? '') === '' && env.TERM !== 'dumb';
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
  };
  return {
    out: (line) => {
      clear();
      stdout.write(`${line}\n`);
    },
    say: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    status: (line) => {
      if (!isWatched) return;
      // A line that wraps could not be cleared.
      stderr.write(`${CLEAR_LINE}${line.slice(0, (stderr.columns ?? 0) - 1)}`);
      shown = true;
    },
    isWatched,
  };
}
