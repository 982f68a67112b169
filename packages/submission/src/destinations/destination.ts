/** A submission to send. */
export interface OutgoingSubmission {
  /** The competition's name at the destination. */
  readonly competition: string;
  /** The CSV. */
  readonly file: string;
  /** What to call the submission there. */
  readonly message: string;
  readonly signal?: AbortSignal;
  /** Environment variables for a command that sends it. Default: those of this process. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface SendReply {
  /** What the destination answered, for people. */
  readonly output: string;
}

/** Where submissions can be sent. */
export interface SubmissionDestination {
  readonly name: string;
  /** How it sends, and what has to be set up, in one line. */
  readonly summary: string;
  /** Resolves once the destination has accepted the submission. */
  readonly send: (submission: OutgoingSubmission) => Promise<SendReply>;
}
