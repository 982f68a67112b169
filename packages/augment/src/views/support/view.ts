import type { Image, ImageSize, ImageTransform, Interpolation, Rng } from '@podium/core';
import { choice, type Field, integer, number } from '../../settings/fields.ts';
import { parseSettings, type Schema, type ValuesOf } from '../../settings/parse.ts';
import type { StepSettings } from '../../transform.ts';

/** How a model wants its images: what `preset('eval')` makes of them. */
export interface ViewFrame {
  /** Side of the square that the model sees, in pixels. */
  readonly size: number;
  /** Part of the resized image that the model sees, in each direction. */
  readonly cropPct: number;
  readonly interpolation: Interpolation;
}

/** Where a view looks: a box of the image, in its pixels with fractions, mirrored or turned after that. */
export interface Placement {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Left and right change places first. */
  readonly mirrored: boolean;
  /** Then it is turned counter-clockwise by so many times 90 degrees. */
  readonly quarters: number;
}

/** One view as a kind of view makes it. */
export interface ViewParts {
  /** Which of the kind's views it is; empty where there is only one. */
  readonly label: string;
  readonly window: NonNullable<ImageTransform['window']>;
  readonly apply: (image: Image, rng: Rng) => Image;
  /** Where it looks in an image of this size; missing where its steps may move pixels anywhere. */
  readonly placement?: (picture: ImageSize) => Placement;
}

/** One kind of view, as data: what its settings are, and which views they make. */
export interface ViewKind {
  readonly name: string;
  /** One sentence on what it shows. */
  readonly summary: string;
  /** @throws PodiumError `augment-setting` */
  parse(settings: unknown, at: string): StepSettings;
  /** Views for settings that `parse` returned. @param at what they are called in messages */
  make(settings: StepSettings, frame: ViewFrame, at: string): readonly ViewParts[];
}

export function defineView<S extends Schema>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly settings: S;
  readonly make: (settings: ValuesOf<S>, frame: ViewFrame, at: string) => readonly ViewParts[];
}): ViewKind {
  const { name, summary, settings: schema, make } = definition;
  return Object.freeze({
    name,
    summary,
    parse: (settings: unknown, at: string) => parseSettings(schema, settings, at) as StepSettings,
    make: (settings: StepSettings, frame: ViewFrame, at: string) => make(settings as ValuesOf<S>, frame, at),
  });
}

const frameFields = {
  size: integer(224, { min: 1, max: 65_535 }),
  cropPct: number(0.875, { min: 0.05, max: 1 }),
  interpolation: choice(['nearest', 'bilinear', 'bicubic', 'lanczos3'], 'bicubic'),
};

/** @throws PodiumError `augment-setting` */
export function parseFrame(frame: unknown, at: string): ViewFrame {
  return parseSettings(frameFields, frame, at);
}

/** A list of numbers, one for each view. */
export function listOf(item: Field<number>, initial: readonly number[]): Field<readonly number[]> {
  return {
    default: initial,
    expected: `a list of 1 to 64 of these: ${String(item.expected)}`,
    read: (value) => {
      if (!Array.isArray(value) || value.length === 0 || value.length > 64) return undefined;
      const read = value.map((each) => item.read(each));
      return read.includes(undefined) ? undefined : (read as number[]);
    },
  };
}
