/** What a teacher says about one head of one unlabeled image, to be trained on. Plain JSON. */
export interface PseudoLabel {
  readonly id: string;
  /** The head's name: `mask`. */
  readonly head: string;
  /** The class that the teacher thinks likeliest. */
  readonly label: string;
  /** A soft label: one probability a class, in the classes' order, sum 1. Left out: `label` alone is the target. */
  readonly soft?: readonly number[];
  /** The teacher's (calibrated) probability of `label`, in [0, 1]. */
  readonly confidence: number;
  /** Weight in the loss, above 0; 1 is a true row's. */
  readonly weight: number;
  /** How often the image is to be trained on in an epoch, 1 or more: copies balance the classes. */
  readonly copies: number;
}

/** What a method made of the unlabeled rows. Plain JSON. */
export interface Labeling {
  /** The method's name. */
  readonly method: string;
  readonly head: string;
  readonly classes: readonly string[];
  readonly round: number;
  /** Accepted labels, ascending by id, so that the order of the input changes nothing. */
  readonly labels: readonly PseudoLabel[];
  /** By class, in their order: how sure a row had to be. Above 1 where the class takes none. */
  readonly thresholds: readonly number[];
  /** By class: rows that the teacher takes for this class, and how many of them were accepted, without and with copies. */
  readonly counts: readonly {
    readonly candidates: number;
    readonly accepted: number;
    readonly copies: number;
  }[];
  /** What its reader has to know: that nothing was accepted and why, or one class only. */
  readonly warnings: readonly string[];
}
