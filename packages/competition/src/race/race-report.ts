import { z } from 'zod';

const count = z.int().min(0);
const seconds = z.number().min(0);
const interval = z.strictObject({ estimate: z.number(), low: z.number(), high: z.number() });

const row = z.strictObject({
  /** From 1. */
  round: count,
  name: z.string(),
  recipe: z.string(),
  kind: z.enum(['frozen', 'fine-tuned', 'fresh']),
  /** What it took, the start of its processes included; undefined where it was not tried. */
  seconds: seconds.optional(),
  /** Passes over how many training images; undefined for frozen features. */
  epochs: count.optional(),
  images: count.optional(),
  /** On the held-out rows of the round. */
  score: interval.optional(),
  /** The best one's score minus this one's; positive is behind. */
  behind: interval.optional(),
  kept: z.boolean(),
  reason: z.string(),
});

/** One candidate in one round. */
export type RaceRow = z.output<typeof row>;

/** Everything that a race decided, and why: a clock did, so it is kept in the record. */
export const raceReport = z.strictObject({
  metric: z.string(),
  limitSeconds: seconds,
  /** The fold that the candidates were compared on: no score counts its rows. */
  fold: count,
  rows: z.array(row),
  finals: z.array(
    z.strictObject({
      name: z.string(),
      recipe: z.string(),
      /** Undefined for frozen features. */
      epochs: count.optional(),
      folds: z.array(count),
    }),
  ),
  /** Of stages until the last training, by the clock that decided. */
  usedSeconds: seconds,
  ended: z.string(),
});
export type RaceReport = z.output<typeof raceReport>;
