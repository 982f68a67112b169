/** What a quality preset decides where the settings say nothing. */
export interface Preset {
  readonly name: 'fast' | 'good' | 'best';
  readonly summary: string;
  /** For each model to train, names in order of preference: the first whose weights are available is used. */
  readonly models: readonly (readonly string[])[];
  readonly folds: number;
  readonly seeds: readonly number[];
  readonly views: readonly ('whole' | 'flip')[];
  /** Images that a model sees in training, each as often as it comes: epochs follow from the number of rows. */
  readonly imagesSeen: number;
  /** Bounds of those epochs: for fine-tuning, and from fresh weights. */
  readonly epochs: { readonly transfer: readonly [number, number]; readonly full: readonly [number, number] };
  /** Longest side that a net which is trained throughout gets. */
  readonly trainingSize: number;
  readonly ensemble: string;
  /** How long a race may take, everything included. */
  readonly timeLimit: string;
}
