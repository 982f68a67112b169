import type { Command } from '@commander-js/extra-typings';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What every command gets from the program. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Fires on Ctrl-C. */
  readonly signal: AbortSignal;
  /** How the program ends; 0 where no command says otherwise. */
  exitWith(code: ExitCode): void;
  /** Says that the same command, given again, goes on where it was stopped. */
  resumes(): void;
}

/** A file of this folder: adds one command, with its options and help, to the program. */
export type AddCommand = (program: Command, context: CommandContext) => void;
