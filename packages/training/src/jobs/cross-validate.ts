import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  hashValue,
  PodiumError,
  Predictions,
  type PredictionsParts,
  readPredictions,
  writeFileAtomic,
  writePredictions,
} from '@podium/core';
import type { Job, JobOutcome } from './job.ts';
import { type RunJobOptions, runJobs } from './run-job.ts';

export interface CrossValidateOptions extends RunJobOptions {
  /** Number of folds, or those to run. */
  readonly folds: number | readonly number[];
  readonly seeds: readonly (string | number)[];
  /** Where results go, one folder a job; a job whose result is there is not run again. */
  readonly folder: string;
  /** See `Job`; the function gets a {@link FoldArgument} and returns a {@link FoldResult}. */
  readonly module: string;
  readonly export: string;
  /** The rest of what it needs: plain data. */
  readonly settings: unknown;
  readonly concurrency?: number;
}

/** What one job trains. */
export interface FoldArgument {
  readonly fold: number;
  readonly seed: string | number;
  /** Of the job's own, for its checkpoints: when it is started again it can go on from them. */
  readonly folder: string;
  readonly settings: unknown;
}

/** What a job's function returns; nothing where it was stopped before its end. */
export interface FoldResult {
  /** Of the fold's validation set, by name. */
  readonly scores: Readonly<Record<string, number>>;
  /** By head: of the fold's validation set. */
  readonly outOfFold: Readonly<Record<string, PredictionsParts>>;
  /** By head: of the test set. */
  readonly test?: Readonly<Record<string, PredictionsParts>>;
}

/** One fold with one seed. */
export interface FoldRun {
  readonly fold: number;
  readonly seed: string | number;
  readonly folder: string;
  /** Absent where there is no result. */
  readonly scores?: Readonly<Record<string, number>>;
  readonly outcome: JobOutcome | { readonly outcome: 'kept' };
}

export interface CrossValidated {
  readonly runs: readonly FoldRun[];
  /** By seed, then head: rows of all folds that have a result, each with its fold. */
  readonly outOfFold: ReadonlyMap<string | number, Readonly<Record<string, Predictions>>>;
  /** By head: of each run that has them. */
  readonly test: Readonly<Record<string, readonly Predictions[]>>;
}

const RESULT = 'result.json';

/**
 * Trains each fold with each seed, each in a process of its own, and stores the predictions as they come. A job that
 * crashes is tried again, and else reported: the others go on.
 */
export async function crossValidate(options: CrossValidateOptions): Promise<CrossValidated> {
  const { seeds, folder, settings } = options;
  const folds =
    typeof options.folds === 'number'
      ? Array.from({ length: options.folds }, (_, fold) => fold)
      : options.folds;
  const key = hashValue({ settings, module: options.module, export: options.export });
  const planned = seeds.flatMap((seed) =>
    folds.map((fold) => ({
      fold,
      seed,
      folder: join(folder, `fold-${fold}-seed-${String(seed).replace(/[^\w.-]/g, '_')}`),
    })),
  );
  const runs: FoldRun[] = [];
  const open: { index: number; job: Job }[] = [];
  for (const [index, plan] of planned.entries()) {
    await mkdir(plan.folder, { recursive: true });
    const scores = await keptScores(plan.folder, key);
    if (scores !== undefined) {
      runs[index] = { ...plan, scores, outcome: { outcome: 'kept' } };
      continue;
    }
    const argument: FoldArgument = { ...plan, settings };
    const name = `fold ${plan.fold}, seed ${plan.seed}`;
    open.push({ index, job: { name, module: options.module, export: options.export, argument } });
  }
  const { onEvent } = options;
  const stored: Promise<void>[] = [];
  const failures: unknown[] = [];
  const outcomes = await runJobs(
    open.map(({ job }) => job),
    {
      ...options,
      onEvent: (event) => {
        // At once, so that a crash of this process loses no fold that is done.
        if (event.type === 'job-end') {
          const result = resultOf(event.outcome);
          const plan = planned[open.find(({ job }) => job.name === event.job)!.index];
          if (result !== undefined && plan !== undefined) {
            stored.push(
              store(plan.folder, key, plan.fold, result).catch((error) => void failures.push(error)),
            );
          }
        }
        onEvent?.(event);
      },
    },
  );
  await Promise.all(stored);
  if (failures.length > 0) throw failures[0];
  for (const [i, { index }] of open.entries()) {
    const plan = planned[index]!;
    const outcome = outcomes[i]!;
    const scores = resultOf(outcome)?.scores;
    runs[index] = { ...plan, outcome, scores };
  }
  return { runs, ...(await gather(runs)) };
}

/** What a job returned, unless it was stopped before its end. */
function resultOf(outcome: JobOutcome): FoldResult | undefined {
  return outcome.outcome === 'done' ? (outcome.value as FoldResult | undefined) : undefined;
}

interface Stored {
  readonly key: string;
  readonly scores: Readonly<Record<string, number>>;
  readonly heads: readonly string[];
  readonly testHeads: readonly string[];
}

async function store(
  folder: string,
  key: string,
  fold: number,
  { scores, outOfFold, test = {} }: FoldResult,
): Promise<void> {
  for (const [head, parts] of Object.entries(outOfFold)) {
    await writePredictions(fileOf(folder, 'out-of-fold', head), new Predictions(parts).withFold(fold));
  }
  for (const [head, parts] of Object.entries(test)) {
    await writePredictions(fileOf(folder, 'test', head), new Predictions(parts));
  }
  // Last: where it is, the predictions are.
  const result: Stored = { key, scores, heads: Object.keys(outOfFold), testHeads: Object.keys(test) };
  await writeFileAtomic(join(folder, RESULT), `${JSON.stringify(result, null, 1)}\n`);
}

async function readStored(folder: string): Promise<Stored | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, RESULT), 'utf8')) as Stored;
  } catch {
    return undefined;
  }
}

async function keptScores(folder: string, key: string): Promise<Stored['scores'] | undefined> {
  const stored = await readStored(folder);
  return stored?.key === key ? stored.scores : undefined;
}

async function gather(runs: readonly FoldRun[]): Promise<Pick<CrossValidated, 'outOfFold' | 'test'>> {
  const bySeed = new Map<string | number, Record<string, Predictions[]>>();
  const test: Record<string, Predictions[]> = {};
  for (const { seed, folder, scores } of runs) {
    const stored = scores === undefined ? undefined : await readStored(folder);
    if (stored === undefined) continue;
    const parts = bySeed.get(seed) ?? {};
    bySeed.set(seed, parts);
    for (const head of stored.heads) {
      parts[head] = [...(parts[head] ?? []), await readPredictions(fileOf(folder, 'out-of-fold', head))];
    }
    for (const head of stored.testHeads) {
      test[head] = [...(test[head] ?? []), await readPredictions(fileOf(folder, 'test', head))];
    }
  }
  const outOfFold = new Map(
    Array.from(bySeed, ([seed, heads]) => [
      seed,
      Object.fromEntries(Object.entries(heads).map(([head, parts]) => [head, Predictions.concat(parts)])),
    ]),
  );
  return { outOfFold, test };
}

function fileOf(folder: string, kind: string, head: string): string {
  if (!/^[\w-][\w.-]*$/.test(head)) {
    throw new PodiumError({
      code: 'training-head-name',
      message: 'predictions of a head go into a file of its name',
      expected: 'letters, digits, "_", "-" and "."',
      got: JSON.stringify(head),
    });
  }
  return join(folder, `${kind}.${head}.predictions`);
}
