/** What the command line's exit codes mean; every command's help shows those that it can end with. */
export const exitCodes = {
  /** All went well. */
  ok: 0,
  /** It failed; the error says why. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** A check found something missing or damaged. */
  problems: 3,
  /** Stopped by Ctrl-C, as shells count it: 128 and the signal's number. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
