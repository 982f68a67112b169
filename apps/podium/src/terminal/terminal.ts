/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  /** Prints one line of the result. */
  print(line: string): void;
  /** Prints one line about progress, warnings or errors. */
  log(line: string): void;
  /** Shows a line that the next one replaces; does nothing unless the terminal is interactive. */
  status(line: string): void;
  /** Whether standard error is a terminal, outside CI. */
  readonly isInteractive: boolean;
}

interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const CLEAR_LINE = '\r\u001b[2K';

export function createTerminal(stdout: Screen, stderr: Screen, env: NodeJS.ProcessEnv): Terminal {
  const isInteractive =
    stderr.isTTY === true && (stderr.columns ?? 0) > 0 && (env.CI ?? '') === '' && env.TERM !== 'dumb';
  let hasStatus = false;
  const clearStatus = (): void => {
    if (hasStatus) stderr.write(CLEAR_LINE);
    hasStatus = false;
  };
  return {
    print: (line) => {
      clearStatus();
      stdout.write(`${line}\n`);
    },
    log: (line) => {
      clearStatus();
      stderr.write(`${line}\n`);
    },
    status: (line) => {
      if (!isInteractive) return;
      // A line that wraps could not be cleared.
      stderr.write(`${CLEAR_LINE}${line.slice(0, (stderr.columns ?? 0) - 1)}`);
      hasStatus = true;
    },
    isInteractive,
  };
}

export function printLines(terminal: Terminal, lines: readonly string[]): void {
  for (const line of lines) terminal.print(line);
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.print(JSON.stringify(value, undefined, 2));
}
