/** Settings shared by both sides of the comparison. */
export interface DigitRecipe {
  readonly epochs: number;
  readonly batchSize: number;
  /** Maximum of the one-cycle schedule. */
  readonly learningRate: number;
  /** Only of convolutions and the linear layer's weight. */
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

/** Mean and standard deviation of MNIST's training pixels, scaled to [0, 1]. */
export const NORMALIZATION = { mean: [0.1307], std: [0.3081] } as const;

/** Small rotations, shifts, scales and shears in one warp, like handwriting. */
export const AUGMENTATION = [
  { affine: { degrees: 10, translate: 0.1, scale: [0.9, 1.1], shear: 5, p: 0.9 } },
] as const;
