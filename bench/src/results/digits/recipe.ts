/** What both sides of a comparison are told. */
export interface DigitRecipe {
  readonly epochs: number;
  readonly batchSize: number;
  /** The highest of the one-cycle schedule. */
  readonly learningRate: number;
  /** Of convolutions and the linear layer's weight alone. */
  readonly weightDecay: number;
  readonly dropout: number;
}

export const RECIPE: DigitRecipe = {
  epochs: 10,
  batchSize: 128,
  learningRate: 0.005,
  weightDecay: 0.02,
  dropout: 0.2,
};

/** Mean and deviation of MNIST's training pixels, on the scale from 0 to 1. */
export const NORMALIZATION = { mean: [0.1307], std: [0.3081] } as const;

/** Small turns, shifts, scales and shears in one warp: what handwriting does. */
export const AUGMENTATION = [
  { affine: { degrees: 10, translate: 0.1, scale: [0.9, 1.1], shear: 5, p: 0.9 } },
] as const;
