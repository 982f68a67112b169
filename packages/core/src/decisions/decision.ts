/** Something that the settings left open and that was chosen, with the reason. */
export interface Decision {
  /** The key of the settings that decides it: `folds.count`, `data.options.label`, or `MODEL: epochs` for a model. */
  readonly key: string;
  readonly value: string;
  readonly reason: string;
}

/** Takes a decision down. */
export type Decide = (key: string, value: unknown, reason: string) => void;

/** Rows, images or files that are left out although a folder or a table has them. */
export interface Omission {
  /** In the plural: `training rows`, `test images`, `tables`. */
  readonly what: string;
  readonly count: number;
  /** How many there are with those left out. */
  readonly of: number;
  /** A clause after `because`: `their label cell is empty`. */
  readonly reason: string;
  /** A few of them, where a reader finds them: `train.csv:12 "cat-7"`. */
  readonly examples: readonly string[];
}
