/** An experiment behind docs/results.md: one file here and one line in the barrel. */
export interface Experiment {
  readonly name: string;
  /** Usage and description. */
  readonly help: string;
  /** Prints progress to stderr; returns the results as plain JSON. */
  readonly run: (args: string[]) => Promise<unknown>;
}

/** Prints progress. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
