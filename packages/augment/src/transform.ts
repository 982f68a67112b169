import type { Image, ImageSize, ReadWindow, Rng } from '@podium/core';
import { LazyImage, type Step } from './lazy-image.ts';
import { type Field, probability } from './settings/fields.ts';
import { parseSettings, type Schema, type ValuesOf } from './settings/parse.ts';

/** Settings of a step, checked and spelled out: plain JSON. */
export type StepSettings = Readonly<Record<string, unknown>>;

/** How a step that opens a pipeline can leave its work to the decoder. */
export interface Opening {
  /** The part of an image of this size that the step keeps, and the size that it gives it. */
  readonly window: (size: ImageSize, rng: Rng) => ReadWindow;
  /** What is left to do on the part that was read; nothing, where it is missing. */
  readonly rest?: Step;
}

/** One kind of step, as data: what its settings are, and how they become a step. */
export interface TransformEntry {
  readonly name: string;
  /** One sentence on what it does. */
  readonly summary: string;
  /** Settings under which it changes nothing, where there are such. */
  readonly identity?: StepSettings;
  /**
   * Checks settings and fills in defaults; what it returns can be parsed again and gives itself.
   * @throws PodiumError `augment-setting`.
   */
  parse(settings?: unknown, at?: string): StepSettings;
  /** The step for settings that `parse` returned. */
  create(settings: StepSettings): Step;
  /** How it can leave its work to the decoder, for settings that `parse` returned; undefined where it cannot. */
  opening(settings: StepSettings): Opening | undefined;
}

interface Definition<S extends Schema> {
  readonly name: string;
  readonly summary: string;
  readonly settings: S;
  /** How often the step is done, unless its setting `p` says otherwise; 1 where it is missing. */
  readonly p?: number;
  readonly identity?: StepSettings;
  readonly create: (settings: ValuesOf<S>) => Step;
  readonly opening?: (settings: ValuesOf<S>) => Opening;
}

/** Defines a kind of step. Each gets a setting `p`, the probability that it is done at all. */
export function defineTransform<S extends Schema>(definition: Definition<S>): TransformEntry {
  const { name, summary, identity, create, opening } = definition;
  const schema: S & { p: Field<number> } = { ...definition.settings, p: probability(definition.p ?? 1) };
  type Values = ValuesOf<S> & { readonly p: number };
  return Object.freeze({
    name,
    summary,
    ...(identity && { identity }),
    parse: (settings?: unknown, at = name) => parseSettings(schema, settings, at) as StepSettings,
    create: (settings: StepSettings) => {
      const values = settings as Values;
      const step = create(values);
      return values.p === 1 ? step : withProbability(values.p, step);
    },
    opening: (settings: StepSettings) => {
      const values = settings as Values;
      return values.p === 1 ? opening?.(values) : undefined;
    },
  });
}

/** Does `step` with probability `p`. */
export function withProbability(p: number, step: Step): Step {
  return (picture, rng) => (rng.bool(p) ? step(picture, rng) : picture);
}

/** A step from a function on images; the image that it is given may not be written to. */
export function onImage(change: (image: Image, rng: Rng) => Image): Step {
  return (picture, rng) => {
    const before = picture.read();
    const after = change(before, rng);
    if (after === before) return picture;
    return after.data.buffer === before.data.buffer ? LazyImage.of(after) : LazyImage.fresh(after);
  };
}

/** A step from a function that changes pixels in place. */
export function inPlace(change: (image: Image, rng: Rng) => void): Step {
  return (picture, rng) => {
    const image = picture.own();
    change(image, rng);
    return LazyImage.fresh(image);
  };
}

/** A number from a range, ends included only as far as floating-point numbers are. */
export function draw(rng: Rng, [lo, hi]: readonly [number, number]): number {
  return lo === hi ? lo : lo + (hi - lo) * rng.float();
}

/** A whole number from a range, both ends included. */
export function drawInteger(rng: Rng, [lo, hi]: readonly [number, number]): number {
  return lo + rng.int(hi - lo + 1);
}
