import type { Terminal } from './terminal.ts';

export type Clock = () => number;

/** A line of progress. */
export interface ProgressLine {
  show(line: string): void;
  /** Starts the interval again. */
  reset(): void;
}

/** On an interactive terminal, replaces the line each time; in a log, prints one line per interval. */
export function createProgressLine(
  terminal: Terminal,
  { intervalMs = 10_000, now }: { readonly intervalMs?: number; readonly now: Clock },
): ProgressLine {
  let printedAt = now();
  return {
    show: (line) => {
      if (terminal.isInteractive) terminal.status(line);
      else if (now() - printedAt >= intervalMs) {
        printedAt = now();
        terminal.log(line);
      }
    },
    reset: () => {
      printedAt = now();
    },
  };
}
