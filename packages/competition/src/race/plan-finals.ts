/** What a network costs, as measured in its trial. */
export interface TrainingCost {
  /** Of training, per image. */
  readonly secondsPerImage: number;
  /** Of what follows the last step of an epoch: validation. */
  readonly secondsPerEpochEnd: number;
  /** Per image, in all views. */
  readonly predictSecondsPerImage: number;
}

/** Images of one fold. */
export interface FoldSize {
  readonly train: number;
  /** Held-out and test images, which are predicted at the end. */
  readonly predicted: number;
}

/** Start of a process, building the network, writing results. */
const START_SECONDS = 5;

/** Trainings turn out this much slower than their trials: loaders fall behind, the machine has other work. */
const SLOWER = 1.1;

/** Seconds of one fold with so many epochs. */
export function foldSeconds(
  { secondsPerImage, secondsPerEpochEnd, predictSecondsPerImage }: TrainingCost,
  { train, predicted }: FoldSize,
  epochs: number,
): number {
  const epoch = train * secondsPerImage + secondsPerEpochEnd;
  return START_SECONDS + SLOWER * epochs * epoch + predicted * predictSecondsPerImage;
}

/** Images that a network sees while it learns most of what it will. */
const ENOUGH_IMAGES = 12_000;

/** Epochs that are enough, and all that still help. */
export function epochGoals(images: number): { readonly enough: number; readonly most: number } {
  const enough = Math.min(Math.max(Math.round(ENOUGH_IMAGES / images), 6), 30);
  return { enough, most: 2 * enough };
}

/**
 * How to spend the time on one network: enough epochs on one fold come first, then more folds, then more epochs. At least one
 * fold and epoch.
 * @param options.folds how many there are to train on
 * @param options.fixed epochs that the settings ask for
 */
export function planFinal(
  cost: TrainingCost,
  size: FoldSize,
  {
    seconds,
    folds,
    fixed,
  }: { readonly seconds: number; readonly folds: number; readonly fixed?: number | undefined },
): { readonly epochs: number; readonly folds: number } {
  const fits = (count: number, epochs: number) => count * foldSeconds(cost, size, epochs) <= seconds;
  const { enough, most } = epochGoals(size.train);
  let [count, epochs] = [1, fixed ?? 1];
  while (count < folds && fits(count + 1, fixed ?? enough)) count++;
  while (fixed === undefined && epochs < most && fits(count, epochs + 1)) epochs++;
  return { epochs, folds: count };
}
