import type { Rng } from '@podium/core';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry } from '../method.ts';
import { rankedByClass } from '../support/choose.ts';
import { readSettings } from '../support/settings.ts';

export interface NoisyStudentOptions {
  /** No row below it is taken, in [0, 1]. Default 0.3, the paper's. */
  readonly threshold?: number;
  /** Images a class, counting copies. Default: the mean over the classes that have any. The paper: 130,000. */
  readonly perClass?: number;
  /** No image is trained on more often than this in an epoch. Default 10; the paper has no limit. */
  readonly mostCopies?: number;
  /** Targets are the teacher's probabilities. Default: true, which is better on images unlike the labeled ones. */
  readonly soft?: boolean;
  /** The student of one round is the teacher of the next. Default 3, the paper's. */
  readonly rounds?: number;
}

/**
 * How Noisy Student chooses and balances (Xie et al., CVPR 2020, section 3.1): of each class the surest rows above 0.3, the
 * same number of images a class, images of classes that have fewer repeated. Which ones get the copy that is left over is
 * drawn by id. The student's part is the trainer's: as large as the teacher or larger, and noised by augmentation, dropout
 * and stochastic depth, while the teacher is not.
 */
export function noisyStudent(settings: NoisyStudentOptions = {}): LabelMethod {
  const reader = readSettings('method "noisy-student"', settings);
  const threshold = reader.number('threshold', 0.3, 0, 1);
  const perClass = reader.integer('perClass', undefined, 1, 1e9);
  const mostCopies = reader.integer('mostCopies', 10, 1, 1e6);
  const soft = reader.boolean('soft', true);
  const rounds = reader.integer('rounds', 3, 1, 100);
  reader.end();
  return defineLabelMethod({
    name: entry.name,
    rounds,
    target: soft ? (candidates) => candidates.probabilities : 'hard',
    choose: ({ candidates: { ids, confidence, ...rest }, rng }) => {
      const ranked = rankedByClass({ ids, confidence, ...rest }, threshold);
      const some = ranked.filter((rows) => rows.length > 0);
      const wanted = perClass ?? Math.round(some.flat().length / Math.max(1, some.length));
      const taken = ranked.map((rows) => rows.slice(0, wanted));
      const spare = rng.split('noisy-student', 'copies');
      const copied = taken.flatMap((rows) => {
        const base = Math.min(mostCopies, Math.floor(wanted / Math.max(1, rows.length)));
        const left = base === mostCopies ? 0 : wanted - base * rows.length;
        const more = new Set(left === 0 ? [] : drawn(rows, left, (row) => spare.split(ids[row]!)));
        return rows.map((row) => ({ row, copies: base + Number(more.has(row)) }));
      });
      const lowest = (rows: readonly number[]) => confidence[rows.at(-1)!]!;
      return {
        rows: copied,
        thresholds: taken.map((rows, k) => (rows.length === ranked[k]?.length ? threshold : lowest(rows))),
      };
    },
  });
}

/** As many rows, by numbers drawn for each: the same ones in whatever order they come. */
function drawn(rows: readonly number[], count: number, rngOf: (row: number) => Rng): number[] {
  const lots = new Map(rows.map((row) => [row, rngOf(row).float()]));
  const lot = (row: number) => lots.get(row)!;
  return [...rows].sort((a, b) => lot(a) - lot(b)).slice(0, count);
}

export const entry: LabelMethodEntry = {
  name: 'noisy-student',
  summary: 'Soft labels of the same number of images a class, the surest, repeated where there are too few.',
  parse: (settings) => noisyStudent(settings!),
};
