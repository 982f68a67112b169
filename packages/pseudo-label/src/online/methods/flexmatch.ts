import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { meanOfAll, total } from '../heads.ts';
import { flag, number, oneOf } from '../settings.ts';
import { fixMatchLoss } from './fixmatch.ts';

interface FlexMatchSettings {
  /** How probable the class of a weak view has to be where the class is learnt as well as the best. */
  readonly threshold: number;
  readonly weight: number;
  /** Whether thresholds start at 0 and rise while most unlabeled images have no confident class yet. */
  readonly warmUp: boolean;
  /** How the state of a class, x in [0,1], becomes its part of the threshold: x, or x / (2 - x). */
  readonly mapping: 'convex' | 'linear';
}

/**
 * FixMatch with a threshold a class: lower for classes that are confidently recognized in fewer images, so that what is
 * hard to learn is not left out. Counts, for each image of the unlabeled set, the last class that it was confidently
 * given; so batches must say which images they hold (`rows`), and the method how many there are (`unlabeled`).
 */
export const flexMatch: SemiSupervisedDefinition = defineSemiSupervised<FlexMatchSettings>({
  name: 'flexmatch',
  summary: 'FixMatch with lower thresholds for classes that are learnt later',
  reference: 'Zhang et al. 2021, arXiv:2110.08263; github.com/TorchSSL/TorchSSL',
  teacher: 'none',
  views: 'weak and strong',
  ratio: 7,
  settings: {
    threshold: number(0.95, { from: 0, to: 1 }),
    weight: number(1, { from: 0 }),
    warmUp: flag(true),
    mapping: oneOf('convex', ['convex', 'linear']),
  },
  create({ threshold, weight, warmUp, mapping }, { heads, labeledLoss, unlabeled: count }) {
    if (count === undefined || !Number.isInteger(count) || count < 1) {
      throw new PodiumError({
        code: 'online-unlabeled-count',
        message: 'flexmatch counts over the whole unlabeled set',
        expected: 'the number of its images, as `unlabeled`',
        got: String(count),
      });
    }
    /** The last confident class of each unlabeled image by each head; -1 for none. */
    const selected = heads.widths.map(() => new Int32Array(count).fill(-1));
    const shape = [selected.length, count];
    return {
      step({ labeled, unlabeled }, { student }) {
        const rows = checkRows(unlabeled.rows, count);
        const thresholds = heads.widths.map((width, i) =>
          flexMatchThresholds(selected[i] as Int32Array, width, { threshold, warmUp, mapping }),
        );
        const seen: [confidence: tf.Tensor, classes: tf.Tensor][] = [];
        const losses = student.descend(() => {
          const [own, weak, strong] = student.logits([labeled.x, unlabeled.weak, unlabeled.strong]) as [
            tf.Tensor2D,
            tf.Tensor2D,
            tf.Tensor2D,
          ];
          const supervised = labeledLoss(own, labeled.targets);
          const views = heads.split(strong);
          const found = heads.split(weak).map((each, i) => {
            const least = tf.tensor1d(thresholds[i]!);
            return fixMatchLoss(each, views[i]!, least);
          });
          for (const { confidence, classes } of found) seen.push([tf.keep(confidence), tf.keep(classes)]);
          const loss = total(found.map((each) => each.loss));
          return {
            total: tf.add(supervised, tf.mul(loss, weight)),
            labeled: supervised,
            unlabeled: loss,
            used: meanOfAll(found.map(({ used }) => used)),
          };
        });
        for (const [i, tensors] of seen.entries()) {
          remember(selected[i] as Int32Array, rows, tensors, Math.fround(threshold));
        }
        return losses;
      },
      state() {
        const data = new Int32Array(selected.length * count);
        for (const [i, classes] of selected.entries()) data.set(classes, i * count);
        return { tensors: new Map([['selected', { dtype: 'int32', shape, data }]]), numbers: {} };
      },
      loadState({ tensors }) {
        const found = tensors.get('selected');
        if (found?.dtype !== 'int32' || String(found.shape) !== String(shape)) {
          throw new PodiumError({
            code: 'online-state',
            path: { key: 'method/selected' },
            message: 'the state of flexmatch',
            expected: `int32 [${shape}]`,
            got: found === undefined ? 'nothing' : `${found.dtype} [${found.shape}]`,
            fix: 'resume with the heads and the unlabeled set that the run was started with',
          });
        }
        for (const [i, classes] of selected.entries()) {
          classes.set((found.data as Int32Array).subarray(i * count, (i + 1) * count));
        }
      },
    };
  },
});

/** Writes down the classes of a batch that the network is sure of; frees the tensors. */
function remember(
  selected: Int32Array,
  rows: Int32Array,
  tensors: readonly [confidence: tf.Tensor, classes: tf.Tensor],
  least: number,
): void {
  const [confidence, classes] = tensors.map((tensor) => tensor.dataSync());
  for (const [i, row] of rows.entries()) {
    if (confidence![i]! >= least) selected[row] = classes![i]!;
  }
  tf.dispose([...tensors]);
}

/**
 * The threshold of each class, `[K]`: `threshold * M(n_k / max)`, n_k being the images whose last confident class was k,
 * and max the highest n_k, or, while warming up, the number of images without any if that is higher.
 *
 * @param selected the last confident class of each image, -1 for none
 */
export function flexMatchThresholds(
  selected: Int32Array,
  classes: number,
  { threshold, warmUp, mapping }: Pick<FlexMatchSettings, 'threshold' | 'warmUp' | 'mapping'>,
): Float32Array {
  const counts = new Float64Array(classes);
  let none = 0;
  for (const k of selected) {
    if (k < 0) none++;
    else counts[k] = counts[k]! + 1;
  }
  const most = Math.max(...counts, warmUp ? none : 0, 1);
  return Float32Array.from(counts, (count) => {
    const state = count / most;
    return threshold * (mapping === 'convex' ? state / (2 - state) : state);
  });
}

function checkRows(rows: Int32Array | undefined, total: number): Int32Array {
  const odd = rows?.find((row) => row < 0 || row >= total);
  if (rows !== undefined && odd === undefined) return rows;
  throw new PodiumError({
    code: 'online-batch',
    path: { key: 'unlabeled.rows' },
    message: 'flexmatch needs to know which unlabeled images a batch holds',
    expected: `for each a number from 0 to ${total - 1}`,
    got: rows === undefined ? 'none' : String(odd),
  });
}
