import type { Rng } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { meanOfAll, total } from '../heads.ts';
import type { Losses } from '../learner.ts';
import { constant, crossEntropy, maskedCrossEntropy, mostProbable, smooth } from '../losses.ts';
import { linearRamp } from '../ramp.ts';
import { number, oneOf } from '../settings.ts';

interface MetaPseudoLabelsSettings {
  /** How the teacher's probabilities become a class: drawn from them, as in the paper, or the most probable one. */
  readonly labels: 'sampled' | 'hard';
  /** Part of each target that goes to all classes alike: of labels and of pseudo labels. */
  readonly labelSmoothing: number;
  /** Final weight of the teacher's UDA loss, and the part of the run in which it rises from 0. */
  readonly udaWeight: number;
  readonly udaRamp: number;
  /** What logits of the weak view are divided by, and how probable its class must be then. */
  readonly udaTemperature: number;
  readonly udaThreshold: number;
  /** Weight of the student's feedback; 0 leaves a UDA teacher and a student that follows it. */
  readonly feedback: number;
  /** What the moving average of the feedback, which is taken off it, keeps of itself; at 1 it stays 0. */
  readonly baselineDecay: number;
  /** Part of the run that the student waits, while the teacher learns alone. */
  readonly studentWait: number;
}

/**
 * The student learns from the teacher's pseudo labels alone; the teacher learns from labels, from UDA, and from how much
 * its pseudo labels of this step helped: its gradient is that of `h * CE(pseudo label, teacher)`, with h the fall of the
 * student's loss on labeled images in its step, less a moving average. For a step of gradient descent that is the
 * paper's dot product of the student's two gradients, to first order.
 *
 * Two things are unlike the published code, and as in the paper. h is the loss before less the loss after (published: the
 * reverse). And pseudo labels are classes: with the teacher's own probabilities as targets its cross-entropy has gradient
 * 0, so that nothing but UDA would be left (google-research #534, kekmodel/MPL-pytorch #2).
 *
 * Batch norm: the teacher takes labeled, weak and strong images as one batch, the student strong and labeled ones; both
 * update running statistics once a step. The teacher runs twice, first without gradient, with the same dropout.
 * Fine-tune the student on the labels afterwards, with the method `supervised`, as the paper does.
 */
export const metaPseudoLabels: SemiSupervisedDefinition = defineSemiSupervised<MetaPseudoLabelsSettings>({
  name: 'meta-pseudo-labels',
  summary: 'a teacher that learns from how much its pseudo labels help the student',
  reference:
    'Pham et al. 2021, arXiv:2003.10580; github.com/google-research/google-research, meta_pseudo_labels',
  teacher: 'trained',
  views: 'weak and strong',
  ratio: 7,
  // Of the published run on CIFAR-10 with 4,000 labels: 300,000 steps, UDA rising in 5,000, the student waiting 3,000.
  settings: {
    labels: oneOf('sampled', ['sampled', 'hard']),
    labelSmoothing: number(0.15, { from: 0, to: 1 }),
    udaWeight: number(8, { from: 0 }),
    udaRamp: number(5 / 300, { from: 0, to: 1 }),
    udaTemperature: number(0.7, { above: 0 }),
    udaThreshold: number(0.6, { from: 0, to: 1 }),
    feedback: number(1, { from: 0 }),
    baselineDecay: number(0.99, { from: 0, to: 1 }),
    studentWait: number(3 / 300, { from: 0, to: 1 }),
  },
  create(settings, { heads, labeledLoss }) {
    const { labels, labelSmoothing, udaWeight, udaRamp, studentWait, feedback, baselineDecay } = settings;
    const smoothed = (targets: tf.Tensor2D) =>
      heads.join(heads.split(targets).map((each) => smooth(each, labelSmoothing)));
    const lossOf = (logits: tf.Tensor2D, targets: tf.Tensor2D) => heads.sum(logits, targets, crossEntropy);
    let baseline = 0;
    return {
      step({ labeled, unlabeled }, learners, { part, rng }) {
        const { student } = learners;
        const teacher = learners.teacher!;
        const images = [labeled.x, unlabeled.weak, unlabeled.strong];
        const [, , scores] = teacher.withoutTracking(() => teacher.logits(images)) as Three;
        const pseudo = heads.join(
          heads
            .split(scores)
            .map((each, i) =>
              labels === 'hard'
                ? mostProbable(each).targets
                : sampleTargets(each, rng.split('pseudo-labels', i)),
            ),
        );

        let help = 0;
        let fall = 0;
        let studentLosses: Losses | undefined;
        if (part >= studentWait) {
          let before: tf.Scalar | undefined;
          studentLosses = student.descend(() => {
            const [other, own] = student.logits([unlabeled.strong, labeled.x]) as [tf.Tensor2D, tf.Tensor2D];
            before = tf.keep(lossOf(constant(own), labeled.targets));
            return { total: lossOf(other, smoothed(pseudo)) };
          });
          const [own] = student.withoutTracking(() => student.logits([labeled.x], 'after')) as [tf.Tensor2D];
          const after = lossOf(own, labeled.targets);
          fall = before!.dataSync()[0]!;
          fall -= after.dataSync()[0]!;
          before?.dispose();
          baseline = baselineDecay * baseline + (1 - baselineDecay) * fall;
          help = fall - baseline;
        }

        const ramp = linearRamp(part, 0, udaRamp);
        const { total: teacherLoss, ...teacherLosses } = teacher.descend(() => {
          const [own, weak, strong] = teacher.logits(images) as Three;
          const supervised = labeledLoss(own, smoothed(labeled.targets));
          const views = heads.split(strong);
          const found = heads.split(weak).map((each, i) => udaLoss(each, views[i]!, settings));
          const uda = total(found.map(({ loss }) => loss));
          const meta = tf.mul(lossOf(strong, pseudo), help * feedback) as tf.Scalar;
          return {
            total: total([supervised, tf.mul(uda, udaWeight * ramp) as tf.Scalar, meta]),
            labeled: supervised,
            uda,
            used: meanOfAll(found.map(({ used }) => used)),
          };
        });
        return {
          ...teacherLosses,
          teacher: teacherLoss,
          feedback: tf.keep(tf.scalar(fall)),
          // While it waits, the student has none.
          total: studentLosses?.total ?? tf.keep(tf.clone(teacherLoss)),
        };
      },
      state: () => ({ tensors: new Map(), numbers: { baseline } }),
      loadState: ({ numbers }) => {
        baseline = numbers.baseline ?? 0;
      },
    };
  },
});

type Three = [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

/**
 * The consistency loss of UDA (Xie et al. 2020, arXiv:1904.12848), `[B,K], [B,K] -> []`: the strong view against the weak
 * view's sharpened probabilities, where one of these is high enough; a mean over all.
 */
export function udaLoss(
  weak: tf.Tensor2D,
  strong: tf.Tensor2D,
  { udaTemperature, udaThreshold }: Pick<MetaPseudoLabelsSettings, 'udaTemperature' | 'udaThreshold'>,
): { readonly loss: tf.Scalar; readonly used: tf.Tensor1D } {
  const targets = tf.softmax(tf.div(constant(weak), udaTemperature)) as tf.Tensor2D;
  const used = tf.cast(tf.greaterEqual(tf.max(targets, 1), udaThreshold), 'float32') as tf.Tensor1D;
  return { loss: maskedCrossEntropy(strong, targets, used), used };
}

/** One class of each row, drawn from its softmax: the highest of the logits with Gumbel noise. */
function sampleTargets(logits: tf.Tensor2D, rng: Rng): tf.Tensor2D {
  const noise = rng.fillUniform(new Float32Array(logits.size), 2 ** -24, 1);
  for (const [i, u] of noise.entries()) noise[i] = -Math.log(-Math.log(u));
  return mostProbable(tf.add(logits, tf.tensor2d(noise, logits.shape))).targets;
}
