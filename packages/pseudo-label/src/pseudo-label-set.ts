/** A label that teachers give to one head of one unlabeled image. Plain JSON. */
export interface PseudoLabel {
  readonly id: string;
  /** Name of the head: `mask`. */
  readonly head: string;
  /** The class that the teachers find most likely. */
  readonly label: string;
  /** Soft label: one probability per class, in the classes' order, of sum 1. Default: only `label` is the target. */
  readonly soft?: readonly number[];
  /** The teachers' (calibrated) probability of `label`. */
  readonly confidence: number;
  /** Weight in the loss, > 0; a true row has 1. */
  readonly weight: number;
  /** How often the image occurs in an epoch, >= 1; copies balance the classes. */
  readonly copies: number;
}

/** The pseudo labels that a method accepted. Plain JSON. */
export interface PseudoLabelSet {
  /** Name of the method. */
  readonly method: string;
  readonly head: string;
  readonly classes: readonly string[];
  readonly round: number;
  /** In the order of ids, whatever the order of the input. */
  readonly labels: readonly PseudoLabel[];
  /** Per class, the lowest accepted confidence; above 1 for a class that accepts no rows. */
  readonly thresholds: readonly number[];
  /** Per class, the number of rows predicted as this class, and how many of them were accepted, without and with copies. */
  readonly counts: readonly {
    readonly candidates: number;
    readonly accepted: number;
    readonly copies: number;
  }[];
  /** For the user: that nothing was accepted and why, or only one class. */
  readonly warnings: readonly string[];
}
