import type { Command } from '@commander-js/extra-typings';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What the program passes to every command. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Sets the exit code of a command that does not throw; default 0. */
  setExitCode(code: ExitCode): void;
  /**
   * Declares that running the same command again resumes it after Ctrl-C.
   * @param also what else can be done then
   */
  markResumable(also?: string): void;
}

/** Adds one command, with its options and help, to the program. Each file of this folder exports one. */
export type AddCommand = (program: Command, context: CommandContext) => void;
