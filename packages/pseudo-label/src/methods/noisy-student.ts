import type { Rng } from '@podium/core';
import { z } from 'zod';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry, methodSettings } from '../method.ts';
import { rankByClass } from '../select-rows.ts';

const NAME = 'noisy-student';

const settings = z.strictObject({
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe("Lowest accepted confidence. Default: the paper's."),
  perClass: z
    .int()
    .min(1)
    .max(1e9)
    .optional()
    .describe(
      'Images per class, including copies; the paper has 130,000. Default: the mean over the classes that have any.',
    ),
  maxCopies: z
    .int()
    .min(1)
    .max(1e6)
    .default(10)
    .describe('Most copies of an image per epoch; the paper has no limit.'),
  soft: z
    .boolean()
    .default(true)
    .describe(
      "Use the teacher's probabilities as targets, which is better for images unlike the labeled ones.",
    ),
  rounds: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe("Number of rounds: the student of one is the teacher of the next. Default: the paper's."),
});

export type NoisyStudentOptions = z.input<typeof settings>;

/**
 * How Noisy Student selects and balances images (Xie et al., CVPR 2020, section 3.1): the most confident rows of each class
 * above 0.3, the same number per class, with repeated images for classes that have fewer. Which images get the remaining
 * copies is drawn by id. The rest is up to the training of the student: at least as large as the teacher, and with noise that
 * the teacher does not have (augmentation, dropout, stochastic depth).
 */
export function noisyStudent(options: NoisyStudentOptions = {}): LabelMethod {
  const { threshold, perClass, maxCopies, soft, rounds } = methodSettings(NAME, settings, options);
  return defineLabelMethod({
    name: NAME,
    rounds,
    target: soft ? (candidates) => candidates.probabilities : 'hard',
    select: ({ candidates, rng }) => {
      const { ids, confidence } = candidates;
      const ranked = rankByClass(candidates, threshold);
      const nonEmpty = ranked.filter((rows) => rows.length > 0);
      const count = perClass ?? Math.round(nonEmpty.flat().length / Math.max(1, nonEmpty.length));
      const taken = ranked.map((rows) => rows.slice(0, count));
      const stream = rng.split('noisy-student', 'copies');
      const copied = taken.flatMap((rows) => {
        const base = Math.min(maxCopies, Math.floor(count / Math.max(1, rows.length)));
        const remaining = base === maxCopies ? 0 : count - base * rows.length;
        const extra = new Set(remaining === 0 ? [] : draw(rows, remaining, (row) => stream.split(ids[row]!)));
        return rows.map((row) => ({ row, copies: base + Number(extra.has(row)) }));
      });
      const lowest = (rows: readonly number[]) => confidence[rows.at(-1)!]!;
      return {
        rows: copied,
        thresholds: taken.map((rows, k) => (rows.length === ranked[k]!.length ? threshold : lowest(rows))),
      };
    },
  });
}

/** Draws rows by a random number per row, so that the result does not depend on their order. */
function draw(rows: readonly number[], count: number, rngOf: (row: number) => Rng): number[] {
  const lots = new Map(rows.map((row) => [row, rngOf(row).float()]));
  const lot = (row: number) => lots.get(row)!;
  return [...rows].sort((a, b) => lot(a) - lot(b)).slice(0, count);
}

export const entry: LabelMethodEntry = {
  name: NAME,
  summary: 'Soft labels for the same number of images per class, repeated for classes that have too few.',
  settings,
  parse: (given) => noisyStudent(given as NoisyStudentOptions),
};
