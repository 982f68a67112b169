import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { meanOfAll, total } from '../heads.ts';
import { fixMatchLoss } from './fixmatch.ts';

const settings = z.strictObject({
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .describe('minimum probability of the class of the weak view, for the class learned best'),
  weight: z.number().min(0).default(1).describe('weight of unlabeled images'),
  warmup: z
    .boolean()
    .default(true)
    .describe('start thresholds at 0 while most unlabeled images have no confident class yet'),
  mapping: z
    .enum(['convex', 'linear'])
    .default('convex')
    .describe('how the progress x of a class becomes its part of the threshold: x / (2 - x), or x'),
});

type FlexMatchSettings = z.output<typeof settings>;

/**
 * FixMatch with one threshold per class, lower for classes that are confidently predicted for fewer images, so that hard
 * classes are not left out. It counts the last confident class of each unlabeled image, so it needs the size of the
 * unlabeled set (`unlabeled`), and batches must have the positions of their images (`indices`).
 */
export const flexMatch: SemiSupervisedDefinition = defineSemiSupervised({
  name: 'flexmatch',
  summary: 'FixMatch with lower thresholds for classes that are learned later.',
  reference: 'Zhang et al. 2021, arXiv:2110.08263; github.com/TorchSSL/TorchSSL',
  teacher: 'none',
  views: 'weak and strong',
  ratio: 7,
  settings,
  create({ threshold, weight, warmup, mapping }, { heads, labeledLoss, unlabeled: count }) {
    if (count === undefined || !Number.isInteger(count) || count < 1) {
      throw new PodiumError({
        code: 'online-unlabeled-count',
        message: 'flexmatch counts over the whole unlabeled set',
        expected: 'the number of its images, as `unlabeled`',
        got: String(count),
      });
    }
    /** By head: the last confident class of each unlabeled image, -1 for none. */
    const selected = heads.list.map(() => new Int32Array(count).fill(-1));
    const shape = [selected.length, count];
    return {
      addGradients({ labeled, unlabeled }, { student }) {
        const indices = assertIndices(unlabeled.indices, count);
        const thresholds = heads.list.map(({ classes }, i) =>
          flexMatchThresholds(selected[i]!, classes, { threshold, warmup, mapping }),
        );
        const predicted: (readonly [confidence: tf.Tensor, classes: tf.Tensor])[] = [];
        const losses = student.backward(() => {
          const [labeledLogits, weak, strong] = student.logits([
            labeled.x,
            unlabeled.weak,
            unlabeled.strong,
          ]) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
          const supervised = labeledLoss(labeledLogits, labeled.targets);
          const strongByHead = heads.split(strong);
          const byHead = heads
            .split(weak)
            .map((logits, i) => fixMatchLoss(logits, strongByHead[i]!, tf.tensor1d(thresholds[i]!)));
          for (const { confidence, classes } of byHead)
            predicted.push([tf.keep(confidence), tf.keep(classes)]);
          const loss = total(byHead.map((head) => head.loss));
          return {
            total: tf.add(supervised, tf.mul(loss, weight)),
            parts: { labeled: supervised, unlabeled: loss, used: meanOfAll(byHead.map(({ used }) => used)) },
          };
        });
        for (const [i, tensors] of predicted.entries()) {
          updateSelected(selected[i]!, indices, tensors, Math.fround(threshold));
        }
        return losses;
      },
      state() {
        const data = new Int32Array(selected.length * count);
        for (const [i, classes] of selected.entries()) data.set(classes, i * count);
        return { tensors: new Map([['selected', { dtype: 'int32', shape, data }]]), numbers: {} };
      },
      loadState({ tensors }) {
        const state = tensors.get('selected');
        if (state?.dtype !== 'int32' || String(state.shape) !== String(shape)) {
          throw new PodiumError({
            code: 'online-state',
            path: { key: 'method/selected' },
            message: 'the state of flexmatch',
            expected: `int32 [${shape}]`,
            got: state === undefined ? 'nothing' : `${state.dtype} [${state.shape}]`,
            fix: 'resume with the heads and the unlabeled set of the run',
          });
        }
        for (const [i, classes] of selected.entries()) {
          classes.set((state.data as Int32Array).subarray(i * count, (i + 1) * count));
        }
      },
    };
  },
});

/** Records the classes of a batch that the network is confident about; disposes of the tensors. */
function updateSelected(
  selected: Int32Array,
  indices: Uint32Array,
  tensors: readonly [confidence: tf.Tensor, classes: tf.Tensor],
  threshold: number,
): void {
  const [confidence, classes] = tensors.map((tensor) => tensor.dataSync());
  for (const [i, index] of indices.entries()) {
    if (confidence![i]! >= threshold) selected[index] = classes![i]!;
  }
  tf.dispose([...tensors]);
}

/**
 * The threshold of each class, `[K]`: `threshold * M(n_k / max)`. n_k is the number of images whose last confident class
 * was k; max is the highest n_k or, during the warmup, the number of images without a class if that is higher.
 *
 * @param selected the last confident class of each image, -1 for none
 */
export function flexMatchThresholds(
  selected: Int32Array,
  classes: number,
  { threshold, warmup, mapping }: Pick<FlexMatchSettings, 'threshold' | 'warmup' | 'mapping'>,
): Float32Array {
  const counts = new Float64Array(classes);
  let none = 0;
  for (const k of selected) {
    if (k < 0) none++;
    else counts[k]!++;
  }
  const max = Math.max(...counts, warmup ? none : 0, 1);
  return Float32Array.from(counts, (count) => {
    const progress = count / max;
    return threshold * (mapping === 'convex' ? progress / (2 - progress) : progress);
  });
}

function assertIndices(indices: Uint32Array | undefined, total: number): Uint32Array {
  const odd = indices?.find((index) => index >= total);
  if (indices !== undefined && odd === undefined) return indices;
  throw new PodiumError({
    code: 'online-batch',
    path: { key: 'unlabeled.indices' },
    message: 'flexmatch needs the positions of the unlabeled images of a batch',
    expected: `a number from 0 to ${total - 1} for each`,
    got: indices === undefined ? 'none' : String(odd),
  });
}
