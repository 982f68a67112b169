import type { Terminal } from '../src/terminal/terminal.ts';

/** A terminal that records its lines: results, all other lines, and both in order with the method that wrote them. */
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
      printed.push(line);
      calls.push(`print ${line}`);
    },
    printExactly: (text) => {
      printed.push(text);
      calls.push(`print ${text}`);
    },
    log: (line) => {
      logged.push(line);
      calls.push(`log ${line}`);
    },
    status: (line) => void calls.push(`status ${line}`),
    isInteractive,
    podium: 'podium',
    width: undefined,
    printed,
    logged,
    calls,
  };
}
