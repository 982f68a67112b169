/** The exit codes of the command line; the help of each command lists its own. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** The arguments are not valid. */
  usage: 2,
  /** A check found problems. */
  problems: 3,
  /** Stopped by Ctrl-C: 128 plus the number of the signal, as in shells. */
  interrupted: 130,
  /** The reader of the output closed it, as `head` does: what SIGPIPE gives. */
  closedPipe: 141,
  /** Stopped by SIGTERM: what `kill`, containers and schedulers send. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
