import type { Image, ImageSize, ImageTransform, ReadWindow, Rng } from '@podium/core';
import { compose } from './combinators/compose.ts';
import { LazyImage, runStep, type Step } from './lazy-image.ts';
import { parseSteps, type StepSpec } from './spec.ts';

/** A checked list of steps, for a loader and for the run file. */
export interface Pipeline extends ImageTransform {
  /** The steps with all settings spelled out: `pipelineFrom(pipeline.spec)` is the same pipeline. */
  readonly spec: readonly StepSpec[];
  /**
   * The part of an image of this size to read, if the first step is a crop or a resize that is always applied. Then
   * `apply` takes the part that was read.
   */
  readonly window?: (size: ImageSize, rng: Rng) => ReadWindow;
  /** All steps, except for the work that `window` leaves to the decoder. */
  readonly apply: (image: Image, rng: Rng) => Image;
  /** All steps on a whole image, without `window`. */
  readonly run: (image: Image, rng: Rng) => Image;
}

/**
 * Builds a pipeline from a JSON list of steps, applied in order. Step i draws from `rng.split(i)`, so a step added at the
 * end changes none before it.
 *
 * @param at what the list is called in messages: `augment[2].rotate.degrees: expected ..., got ...`
 * @throws PodiumError `augment-spec` for an invalid step, `augment-setting` for an invalid setting; both name the place
 *
 * @example
 * const pipeline = pipelineFrom([
 *   { randomResizedCrop: { size: 224 } },
 *   'horizontalFlip',
 *   { oneOf: [{ gaussianBlur: {} }, { jpeg: {} }] },
 * ]);
 * const augmented = pipeline.run(image, Rng.fromSeed(1));
 */
export function pipelineFrom(spec: unknown, at = 'augment'): Pipeline {
  const parsed = parseSteps(spec, at);
  const steps = parsed.map(({ step }) => step);
  const whole = compose(steps);
  const run = (image: Image, rng: Rng) => runStep(whole, image, rng);
  const frozen = Object.freeze(parsed.map((part) => part.spec));
  const opening = parsed[0]?.opening;
  if (opening === undefined) return Object.freeze({ spec: frozen, apply: run, run });
  const rest: Step = opening.rest ?? ((image) => image);
  const remaining = compose([rest, ...steps.slice(1)]);
  return Object.freeze({
    spec: frozen,
    window: (size: ImageSize, rng: Rng) => opening.window(size, rng.split(0)),
    apply: (image: Image, rng: Rng) => remaining(LazyImage.of(image), rng).read(),
    run,
  });
}
