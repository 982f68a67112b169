import type { Image, ImageSize, ImageTransform, Interpolation, Rng } from '@podium/core';
import type { z } from 'zod';
import { interpolation } from '../settings/pixels.ts';
import { integer, number } from '../settings/ranges.ts';
import { lazySchema, readSettings, type Shape, type ValuesOf } from '../settings/read-settings.ts';
import type { StepSettings } from '../transform.ts';

/** How a model's images are prepared; see `preset('eval')`. */
export interface ViewFrame {
  /** Side of the square that the model sees, in pixels. */
  readonly size: number;
  /** Fraction of the resized image that the model sees, per side. */
  readonly cropPct: number;
  readonly interpolation: Interpolation;
}

/** Where a view looks: a box in the image's pixels, with fractions, that is then mirrored and rotated. */
export interface Placement {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Flipped left and right, before the rotation. */
  readonly mirrored: boolean;
  /** Counterclockwise rotation in multiples of 90 degrees. */
  readonly quarters: number;
}

/** One view as its kind makes it. */
export interface ViewParts {
  /** Tells the views of one kind apart; empty for kinds with a single view. */
  readonly label: string;
  readonly window: NonNullable<ImageTransform['window']>;
  readonly apply: (image: Image, rng: Rng) => Image;
  /** Where it looks in an image of this size; missing if its steps may move pixels anywhere. */
  readonly placement?: (image: ImageSize) => Placement;
}

/** One kind of view: its settings, and the views they make. */
export interface ViewKind {
  readonly name: string;
  /** One sentence on what it shows. */
  readonly summary: string;
  /** The schema of its settings, with defaults. */
  readonly settings: z.ZodObject;
  /** @throws PodiumError `augment-setting` */
  parse(settings: unknown, at: string): StepSettings;
  /**
   * The views for settings that `parse` returned.
   * @param at what they are called in messages
   */
  make(settings: StepSettings, frame: ViewFrame, at: string): readonly ViewParts[];
}

/** Defines a kind of view. `settings` returns its settings as a zod shape. */
export function defineView<S extends Shape>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly settings: () => S;
  readonly make: (settings: ValuesOf<S>, frame: ViewFrame, at: string) => readonly ViewParts[];
}): ViewKind {
  const { name, summary, settings, make } = definition;
  const schema = lazySchema(settings);
  return Object.freeze({
    name,
    summary,
    get settings() {
      return schema();
    },
    parse: (given: unknown, at: string) => readSettings(schema(), given, at),
    make: (values: StepSettings, frame: ViewFrame, at: string) => make(values as ValuesOf<S>, frame, at),
  });
}

const frameSchema = lazySchema(() => ({
  size: integer(224, { min: 1, max: 65_535 }),
  cropPct: number(0.875, { min: 0.05, max: 1 }),
  interpolation: interpolation('bicubic'),
}));

/** @throws PodiumError `augment-setting` */
export function parseFrame(frame: unknown, at: string): ViewFrame {
  return readSettings(frameSchema(), frame, at);
}
