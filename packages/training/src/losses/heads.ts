import { PodiumError, type PredictionTask } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Loss, TargetKind } from './definition.ts';
import { createLoss, type LossOptions, losses } from './registry.ts';

/** One of a model's outputs: the mask in a photo, the age of a person. */
export interface Head {
  readonly name: string;
  /** Number of its logits; those of all heads lie side by side, in order. */
  readonly classes: number;
  /** Weight of its loss in the sum. Default 1. */
  readonly weight?: number;
  /**
   * Whether an image has one class, several, or numbers. Default: by the first loss. A single-label head may be trained by a
   * multi-label loss: every class against the others.
   */
  readonly task?: PredictionTask;
  /**
   * Regression: what standardizes the targets of each column, `[K]` each. Outputs learn `(target - mean) / std`, and
   * predictions are restored. Default: targets as they are.
   */
  readonly scale?: TargetScale | undefined;
  /** Several losses of one head are summed. */
  readonly loss: LossOptions | readonly (LossOptions & { readonly weight?: number })[];
}

/** The mean and standard deviation of the targets of each column, `[K]` each. */
export interface TargetScale {
  readonly mean: readonly number[];
  /** Above 0. */
  readonly std: readonly number[];
}

export interface HeadsLossOptions {
  /** Weight of each sample: `[B]` for all heads, or by head. 0 for missing labels. */
  readonly sampleWeights?: tf.Tensor1D | Readonly<Record<string, tf.Tensor1D | undefined>> | undefined;
}

export interface HeadsLoss {
  readonly heads: readonly Head[];
  /**
   * Logits `[B, sum of classes]`, targets by head `-> []`: the weighted sum, and each head's loss before weighting. Only
   * the sum is meant for gradients; the others show which head learns. Call it inside `tf.tidy`.
   */
  call(
    logits: tf.Tensor2D,
    targets: Readonly<Record<string, tf.Tensor>>,
    options?: HeadsLossOptions,
  ): { readonly total: tf.Scalar; readonly byHead: Readonly<Record<string, tf.Scalar>> };
  /** What the mean of each head's loss divides by, `[heads]`, in order: see `Loss.weight`. */
  weights(
    logits: tf.Tensor2D,
    targets: Readonly<Record<string, tf.Tensor>>,
    options?: HeadsLossOptions,
  ): tf.Tensor1D;
}

/** Whether the images of a head have one class, several, or numbers. */
export function taskOf({ task, loss }: Pick<Head, 'task' | 'loss'>): PredictionTask {
  if (task !== undefined) return task;
  const [first] = [loss].flat() as [LossOptions];
  const { targets } = losses.get(first.name);
  return targets === 'numbers' ? 'regression' : targets === 'multi-label' ? 'multi-label' : 'single-label';
}

/** Whether a head of this task may be trained by a loss with these targets. */
export function fitsTask(task: PredictionTask, targets: TargetKind): boolean {
  if (task === 'regression') return targets === 'numbers';
  return task === 'multi-label' ? targets === 'multi-label' : targets !== 'numbers';
}

/**
 * Creates a weighted sum of losses over heads, whose logits lie side by side.
 *
 * @throws PodiumError `training-heads` for an invalid head; when called, `training-loss-shape` if logits do not fit, and
 * `training-heads` if targets are missing
 *
 * @example
 * const loss = createHeadsLoss([
 *   { name: 'mask', classes: 3, loss: { name: 'cross-entropy', labelSmoothing: 0.1 } },
 *   { name: 'age', classes: 3, weight: 0.5, loss: [{ name: 'cross-entropy' }, { name: 'soft-macro-f1', weight: 0.3 }] },
 * ]);
 * const { total, byHead } = loss.call(logits, { mask, age });
 */
export function createHeadsLoss(heads: readonly Head[]): HeadsLoss {
  const names = heads.map(({ name }) => name);
  const duplicate = names.find((name, i) => names.indexOf(name) !== i);
  if (heads.length === 0 || duplicate !== undefined) {
    throw new PodiumError({
      code: 'training-heads',
      message: duplicate === undefined ? 'a loss over heads' : `two heads are named "${duplicate}"`,
      expected: 'one or more heads with different names',
    });
  }
  const lossesOf = heads.map(({ name, classes, loss, task }) => {
    if (!Number.isInteger(classes) || classes < 1) {
      throw new PodiumError({
        code: 'training-heads',
        path: { key: name },
        message: 'classes of a head',
        expected: 'a whole number >= 1',
        got: String(classes),
      });
    }
    const own = taskOf({ task, loss });
    const fits = ({ targets }: { readonly targets: TargetKind }) => fitsTask(own, targets);
    const other = [loss].flat().find((each) => !fits(losses.get((each as LossOptions).name)));
    if (other !== undefined) {
      throw new PodiumError({
        code: 'training-heads',
        path: { key: name },
        message: `the loss of a head ${WHAT[own]}`,
        expected: losses
          .list()
          .filter(fits)
          .map((definition) => definition.name),
        got: JSON.stringify((other as LossOptions).name),
      });
    }
    return [loss].flat().map((options): { loss: Loss; weight: number } => {
      const { weight = 1, ...rest } = options as LossOptions & { weight?: number };
      return { loss: createLoss(rest as LossOptions), weight };
    });
  });
  const sizes = heads.map(({ classes }) => classes);
  const sum = sizes.reduce((a, b) => a + b, 0);
  const partsOf = (logits: tf.Tensor2D): readonly tf.Tensor2D[] => {
    if (logits.rank !== 2 || logits.shape[1] !== sum) {
      throw new PodiumError({
        code: 'training-loss-shape',
        message: `logits of the heads ${names.join(', ')}`,
        expected: `[B,${sum}]`,
        got: `[${logits.shape}]`,
      });
    }
    return heads.length === 1 ? [logits] : (tf.split(logits, sizes, 1) as tf.Tensor2D[]);
  };
  return {
    heads,
    weights(logits, targets, { sampleWeights } = {}) {
      return tf.tidy(() => {
        const parts = partsOf(logits);
        return tf.stack(
          heads.map(({ name }, i) =>
            lossesOf[i]![0]!.loss.weight(parts[i]!, targetsOf(targets, name), {
              sampleWeights: weightsOf(sampleWeights, name),
            }),
          ),
        ) as tf.Tensor1D;
      });
    },
    call(logits, targets, { sampleWeights } = {}) {
      return tf.tidy(() => {
        const parts = partsOf(logits);
        const byHead = new Map<string, tf.Scalar>();
        let total: tf.Tensor | undefined;
        for (const [i, head] of heads.entries()) {
          const { name, weight = 1 } = head;
          const target = standardized(targetsOf(targets, name), head);
          const weights = weightsOf(sampleWeights, name);
          const values = lossesOf[i]!.map(({ loss, weight: share }) => {
            const value = loss.call(parts[i]!, target, { sampleWeights: weights });
            return share === 1 ? value : tf.mul(value, share);
          });
          const loss = values.length === 1 ? values[0]! : tf.addN(values);
          byHead.set(name, tf.clone(loss) as tf.Scalar);
          const weighted = weight === 1 ? loss : tf.mul(loss, weight);
          total = total === undefined ? weighted : tf.add(total, weighted);
        }
        return { total: tf.clone(total!) as tf.Scalar, byHead: Object.fromEntries(byHead) };
      });
    },
  };
}

const WHAT: Readonly<Record<PredictionTask, string>> = {
  'single-label': 'whose images have one class',
  'multi-label': 'whose images have several labels',
  regression: 'that predicts numbers',
};

/** Targets of a head as its outputs learn them. Call it inside `tf.tidy`. */
function standardized(targets: tf.Tensor, { name, classes, scale }: Head): tf.Tensor {
  if (scale === undefined) return targets;
  const areValid = [scale.mean, scale.std].every((values) => values.length === classes);
  if (!areValid || scale.std.some((value) => !(value > 0))) {
    throw new PodiumError({
      code: 'training-heads',
      path: { key: `${name}.scale` },
      expected: `a mean and a standard deviation above 0 for each of ${classes} columns`,
      got: JSON.stringify(scale),
    });
  }
  return tf.div(tf.sub(targets, tf.tensor2d([[...scale.mean]])), tf.tensor2d([[...scale.std]]));
}

function targetsOf(targets: Readonly<Record<string, tf.Tensor>>, name: string): tf.Tensor {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target !== undefined) return target;
  throw new PodiumError({
    code: 'training-heads',
    path: { key: name },
    message: 'this head has no targets',
    fix: 'pass targets; for missing labels, any targets with sample weights of 0',
  });
}

function weightsOf(given: HeadsLossOptions['sampleWeights'], name: string): tf.Tensor1D | undefined {
  if (given === undefined || given instanceof tf.Tensor) return given;
  return Object.hasOwn(given, name) ? given[name] : undefined;
}
