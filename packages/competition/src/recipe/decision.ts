/** Something that a preset or a measurement decided because the settings left it open. */
export interface Decision {
  /** The key of the settings: `folds.count`, or `MODEL: epochs` for a model. */
  readonly key: string;
  readonly value: string;
  readonly reason: string;
}

/** Takes a decision down. */
export type Decide = (key: string, value: unknown, reason: string) => void;
