import { PodiumError } from '@podium/core';
import type { Job, JobOutcome } from './job.ts';
import { type RunJobOptions, runJob } from './run-job.ts';

export interface FindBatchSizeOptions extends Omit<RunJobOptions, 'retries'> {
  /** The first size to try. Default 8. */
  readonly from?: number;
  /** Try no more than this. Default 1024. */
  readonly most?: number;
  /** Sizes are multiples of this once doubling has failed. Default 8. */
  readonly multipleOf?: number;
}

export interface BatchSizeTry {
  readonly size: number;
  readonly fits: boolean;
  readonly outcome: JobOutcome;
}

export interface BatchSizeFound {
  /** The largest size that went well; undefined where not even the first did. */
  readonly largest: number | undefined;
  /** In the order in which they were tried. */
  readonly tried: readonly BatchSizeTry[];
}

/**
 * Finds the largest batch that can be trained with: doubles the size until a try fails, then halves the gap. Each try runs
 * in a process of its own, so that running out of memory, even a kill by the system, is an answer and not the end.
 *
 * @param job its function is called with `{ ...argument, batchSize }`, and should do two training steps of that size
 * @throws PodiumError what the function threw at the first size, unless it was about memory
 */
export async function findBatchSize(
  job: Omit<Job, 'name' | 'argument'> & { readonly argument?: object },
  { from = 8, most = 1024, multipleOf = 8, ...options }: FindBatchSizeOptions = {},
): Promise<BatchSizeFound> {
  const tried: BatchSizeTry[] = [];
  const fits = async (size: number): Promise<boolean> => {
    const argument = { ...job.argument, batchSize: size };
    const outcome = await runJob(
      { ...job, name: `batch size ${size}`, argument },
      { ...options, retries: 0 },
    );
    const fine = outcome.outcome === 'done';
    tried.push({ size, fits: fine, outcome });
    if (outcome.outcome === 'failed' && tried.length === 1 && !isAboutMemory(outcome.problem.message ?? '')) {
      throw new PodiumError(outcome.problem);
    }
    return fine;
  };
  let good: number | undefined;
  let bad: number | undefined;
  for (let size = from; size <= most && options.signal?.aborted !== true; size *= 2) {
    if (!(await fits(size))) {
      bad = size;
      break;
    }
    good = size;
  }
  while (good !== undefined && bad !== undefined && options.signal?.aborted !== true) {
    const middle = Math.floor((good + bad) / 2 / multipleOf) * multipleOf;
    if (middle <= good || middle >= bad) break;
    if (await fits(middle)) good = middle;
    else bad = middle;
  }
  return { largest: good, tried };
}

function isAboutMemory(message: string): boolean {
  return /memory|OOM|alloc|RESOURCE_EXHAUSTED|Invalid typed array length/i.test(message);
}
