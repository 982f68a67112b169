import type { CaseFolder } from './case-folder.ts';

/** What is right for a case: an error, or a submission. */
export interface Right {
  /** The run stops before training with an error that says this. */
  readonly refused?: RegExp | readonly RegExp[];
  /** Classes by head. */
  readonly classes?: Readonly<Record<string, readonly string[]>>;
  /** Number of training rows. */
  readonly rows?: number;
  /** Rows of the submission in order: the id, then the other cells. A number stands for a probability that rounds to it. */
  readonly submission?: readonly (readonly (string | number)[])[];
  /** First line of the submission, as bytes. */
  readonly header?: string;
  /** What decisions, omissions and warnings say. */
  readonly told?: readonly RegExp[];
  /** What none of them says. */
  readonly untold?: readonly RegExp[];
}

/** A small input from the world, and what is right for it. */
export interface Case {
  readonly name: string;
  /** A public report of the kind, `owner/repo#number`; undefined for invented ones. */
  readonly source?: string;
  readonly draw: (folder: CaseFolder) => Promise<void>;
  /** Keys of the settings besides a small network. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly right: Right;
}
