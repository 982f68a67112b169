import type { Image, ImageSize, ReadWindow, Rng } from '@podium/core';
import type { z } from 'zod';
import { LazyImage, type Step } from './lazy-image.ts';
import { probability, type Range } from './settings/ranges.ts';
import { lazySchema, readSettings, type Shape, type ValuesOf } from './settings/read-settings.ts';

/** Settings of a step, checked and spelled out: plain JSON. */
export type StepSettings = Readonly<Record<string, unknown>>;

/** How the first step of a pipeline can leave its work to the decoder. */
export interface Opening {
  /** The part of an image of this size that the step keeps, and the size it gives that part. */
  readonly window: (size: ImageSize, rng: Rng) => ReadWindow;
  /** What remains to be done on the part that was read. Default: nothing. */
  readonly rest?: Step;
}

/** One kind of step: its settings, and how they become a step. */
export interface TransformEntry {
  readonly name: string;
  /** One sentence on what it does. */
  readonly summary: string;
  /** The schema of its settings, with defaults. */
  readonly settings: z.ZodObject;
  /** Settings that leave the image unchanged, if there are any. */
  readonly identity?: StepSettings;
  /**
   * Checks settings and fills in defaults. Parsing the result again returns the same.
   * @throws PodiumError `augment-setting`
   */
  parse(settings?: unknown, at?: string): StepSettings;
  /** The step for settings that `parse` returned. */
  create(settings: StepSettings): Step;
  /** How the step can leave its work to the decoder, for settings that `parse` returned; undefined if it cannot. */
  opening(settings: StepSettings): Opening | undefined;
}

interface Definition<S extends Shape> {
  readonly name: string;
  readonly summary: string;
  /** The settings as a zod shape; called on first use. */
  readonly settings: () => S;
  /** Default of the setting `p`. Default 1. */
  readonly p?: number;
  readonly identity?: StepSettings;
  readonly create: (settings: ValuesOf<S>) => Step;
  readonly opening?: (settings: ValuesOf<S>) => Opening;
}

/**
 * Defines a kind of step. Every kind also gets a setting `p`, the probability that it is applied.
 *
 * @example
 * export const solarize = defineTransform({
 *   name: 'solarize',
 *   summary: 'Inverts bright values.',
 *   settings: () => ({ threshold: integerRange(128, 128, { min: 0, max: 256 }) }),
 *   create: ({ threshold }) => (image, rng) => image.map(solarizeTable(drawInteger(rng, threshold))),
 * });
 */
export function defineTransform<S extends Shape>(definition: Definition<S>): TransformEntry {
  const { name, summary, identity, create, opening } = definition;
  type Values = ValuesOf<S> & { readonly p: number };
  const schema = lazySchema(() => ({ ...definition.settings(), p: probability(definition.p ?? 1) }));
  return Object.freeze({
    name,
    summary,
    ...(identity && { identity }),
    get settings() {
      return schema();
    },
    parse: (settings?: unknown, at = name) => readSettings(schema(), settings, at),
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

/** Applies `step` with probability `p`. */
export function withProbability(p: number, step: Step): Step {
  return (image, rng) => (rng.bool(p) ? step(image, rng) : image);
}

/** A step from a function of an image. The function must not write to the image it gets. */
export function onImage(change: (image: Image, rng: Rng) => Image): Step {
  return (image, rng) => {
    const before = image.read();
    const after = change(before, rng);
    if (after === before) return image;
    return after.data.buffer === before.data.buffer ? LazyImage.of(after) : LazyImage.fresh(after);
  };
}

/** A step from a function that changes pixels in place. */
export function inPlace(change: (image: Image, rng: Rng) => void): Step {
  return (image, rng) => {
    const writable = image.writable();
    change(writable, rng);
    return LazyImage.fresh(writable);
  };
}

/** A number from a range. */
export function draw(rng: Rng, [lo, hi]: Range): number {
  return lo === hi ? lo : lo + (hi - lo) * rng.float();
}

/** A whole number from a range, both ends included. */
export function drawInteger(rng: Rng, [lo, hi]: Range): number {
  return lo + rng.int(hi - lo + 1);
}
