/** The exit codes of the command line; the help of each command says what its own mean there. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  problems: 3,
  /** 128 plus the number of the signal, as in shells. */
  interrupted: 130,
  /** What SIGPIPE gives. */
  closedPipe: 141,
  /** What `kill`, containers and schedulers send. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One table for all commands; docs/automation.md has the same. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'done; nothing is wrong',
  failed: 'failed; the error on standard error says why and what to do',
  usage: 'the command line is not valid; nothing was done',
  problems: 'done, but a check found problems: linter errors, leaks, other bytes, damage',
  interrupted: 'stopped by Ctrl-C; the same command resumes',
  closedPipe: 'the reader of the output closed it, as "head" does',
  terminated: 'stopped by SIGTERM; the same command resumes',
};
