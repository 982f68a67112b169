import { PodiumError } from '@podium/core';
import type { BatchPosition, BatchSource, TrainingBatch } from '@podium/training';
import type { SemiSupervisedBatch, ViewBatch } from './batch.ts';

/** Opens batches from the position of a state; from the beginning for `undefined`. */
export type OpenBatches<Batch extends BatchPosition> = (
  state: unknown,
) => BatchSource<Batch> | Promise<BatchSource<Batch>>;

interface PairState {
  readonly labeled: unknown;
  readonly unlabeled: unknown;
}

/**
 * Labeled and unlabeled batches side by side, each source in its own order. An epoch is a pass over the source with more
 * batches; give both as many epochs as the run may need. The state is that of both sources, so a run can resume within an
 * epoch.
 *
 * @param openUnlabeled left out for the method `supervised`
 * @returns the `batches` of {@link trainSemiSupervised}
 * @throws PodiumError `online-state` while opening, if the state belongs to other batches
 *
 * @example
 * const batches = pairBatches(
 *   (state) => createLoader({ ...common, rows: labeled, batchSize: 32, transform: weak, state }),
 *   (state) => createLoader({ ...common, rows: unlabeled, batchSize: 224, views: [weak, strong], state }),
 * );
 */
export function pairBatches(
  openLabeled: OpenBatches<TrainingBatch>,
  openUnlabeled?: OpenBatches<ViewBatch>,
): OpenBatches<SemiSupervisedBatch> {
  return async function openPairs(state) {
    assertState(state);
    const labeled = await openLabeled(state?.labeled);
    const unlabeled = await openUnlabeled?.(state?.unlabeled);
    const longer = unlabeled !== undefined && unlabeled.steps(0) > labeled.steps(0) ? unlabeled : labeled;
    return {
      state: (): PairState => ({ labeled: labeled.state(), unlabeled: unlabeled?.state() }),
      steps: (epoch) => longer.steps(epoch),
      async *[Symbol.asyncIterator]() {
        const views = unlabeled?.[Symbol.asyncIterator]();
        try {
          for await (const batch of labeled) {
            const next = await views?.next();
            if (next?.done === true) return;
            const position = longer === labeled ? batch : next!.value;
            const { epoch, step, steps } = position;
            yield { labeled: batch, unlabeled: next?.value, epoch, step, steps };
          }
        } finally {
          await views?.return?.();
        }
      },
    };
  };
}

function assertState(state: unknown): asserts state is PairState | undefined {
  if (state === undefined) return;
  if (typeof state === 'object' && state !== null && 'labeled' in state) return;
  throw new PodiumError({
    code: 'online-state',
    message: 'state of labeled and unlabeled batches',
    expected: '{ labeled, unlabeled }',
    got: JSON.stringify(state)?.slice(0, 80),
    fix: 'pass what state() returned',
  });
}
