/** One thing that the project shows by a number: a file here and a line in the barrel. */
export interface Experiment {
  readonly name: string;
  /** Usage and what is done, for people. */
  readonly help: string;
  /** Prints as it goes to stderr; returns what was found, as plain JSON. */
  readonly run: (args: string[]) => Promise<unknown>;
}

/** Where an experiment tells how it is going. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
