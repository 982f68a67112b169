import { printable, printableLines } from '@podium/core';
import type { Terminal } from '../src/terminal/terminal.ts';

/** A terminal that records its lines, as they would be shown: results, all other lines, and both in order with the method that wrote them. */
export interface RecordingTerminal extends Terminal {
  readonly printed: string[];
  readonly logged: string[];
  /** `print a result`, `log a line`, `status 1 of 2` */
  readonly calls: string[];
}

export function recordingTerminal({ isInteractive = false } = {}): RecordingTerminal {
  const [printed, logged, calls]: [string[], string[], string[]] = [[], [], []];
  return {
    print: (line) => {
      printed.push(printable(line));
      calls.push(`print ${printable(line)}`);
    },
    printExactly: (text) => {
      printed.push(printableLines(text));
      calls.push(`print ${text}`);
    },
    log: (line) => {
      logged.push(printable(line));
      calls.push(`log ${printable(line)}`);
    },
    status: (line) => void calls.push(`status ${printable(line)}`),
    isInteractive,
    podium: 'podium',
    width: undefined,
    printed,
    logged,
    calls,
  };
}
