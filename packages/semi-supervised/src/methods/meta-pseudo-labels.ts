import type { Rng } from '@podium/core';
import type { Losses } from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { meanOfAll, total } from '../heads.ts';
import { constant, crossEntropy, maskedCrossEntropy, mostProbable, smoothLabels } from '../losses.ts';
import { linearRamp } from '../ramp.ts';

const share = () => z.number().min(0).max(1);

/** Defaults are those of the published run on CIFAR-10 with 4,000 labels, of 300,000 steps. */
const settings = z.strictObject({
  labels: z
    .enum(['sampled', 'hard'])
    .default('sampled')
    .describe('pseudo labels are drawn from the probabilities of the teacher, or the most probable class'),
  labelSmoothing: share()
    .default(0.15)
    .describe('part of each target that is spread over all classes, of labels and of pseudo labels'),
  udaWeight: z.number().min(0).default(8).describe('final weight of the UDA loss of the teacher'),
  udaRamp: share()
    .default(5 / 300)
    .describe('share of the run over which the weight rises from 0'),
  udaTemperature: z.number().positive().default(0.7).describe('divides the logits of the weak view'),
  udaThreshold: share().default(0.6).describe('minimum probability of the class of the weak view'),
  feedback: z
    .number()
    .min(0)
    .default(1)
    .describe('weight of the feedback of the student; 0 leaves a UDA teacher and a student that follows it'),
  baselineDecay: share()
    .default(0.99)
    .describe('decay of the moving average that is subtracted from the feedback; 1 keeps it at 0'),
  studentWait: share()
    .default(3 / 300)
    .describe('share of the run that the student waits, while the teacher learns alone'),
});

/**
 * The student learns from the teacher's pseudo labels alone. The teacher learns from labels, from UDA, and from how much
 * its pseudo labels of this step helped: its gradient is that of `h * CE(pseudo label, teacher)`, h being the decrease of
 * the student's loss on labeled images in its step, minus a moving average. For a step of gradient descent that is the
 * paper's dot product of the student's two gradients, to first order.
 *
 * Two things follow the paper, not the published code. h is the loss before minus the loss after (published: the reverse).
 * And pseudo labels are classes: with the teacher's own probabilities as targets, the gradient of its cross-entropy is 0,
 * so that only UDA would be left (google-research #534, kekmodel/MPL-pytorch #2).
 *
 * Batch norm: the teacher takes labeled, weak and strong images as one batch, the student strong and labeled ones; both
 * update running statistics once per step. The teacher runs twice, first without gradient, with the same dropout.
 * Afterwards fine-tune the student on the labels, with the method `supervised`, as the paper does.
 */
export const metaPseudoLabels: SemiSupervisedDefinition = defineSemiSupervised({
  name: 'meta-pseudo-labels',
  summary: 'A teacher that learns from how much its pseudo labels help the student.',
  reference:
    'Pham et al. 2021, arXiv:2003.10580; github.com/google-research/google-research, meta_pseudo_labels',
  teacher: 'trained',
  views: 'weak and strong',
  ratio: 7,
  settings,
  create(given, { heads, labeledLoss }) {
    const { labels, labelSmoothing, udaWeight, udaRamp, studentWait, feedback, baselineDecay } = given;
    const smooth = (targets: tf.Tensor2D) =>
      heads.join(heads.split(targets).map((columns) => smoothLabels(columns, labelSmoothing)));
    const lossOf = (logits: tf.Tensor2D, targets: tf.Tensor2D) => heads.sum(logits, targets, crossEntropy);
    let baseline = 0;
    return {
      addGradients({ labeled, unlabeled }, { student, teacher }, { share: done, rng }) {
        const images = [labeled.x, unlabeled.weak, unlabeled.strong];
        const [, , scores] = teacher.withoutTracking(() => teacher.logits(images)) as Three;
        const pseudo = heads.join(
          heads
            .split(scores)
            .map((logits, i) =>
              labels === 'hard'
                ? mostProbable(logits).targets
                : sampleTargets(logits, rng.split('pseudo-labels', i)),
            ),
        );

        let help = 0;
        let decrease = 0;
        let studentLosses: Losses | undefined;
        if (done >= studentWait) {
          let before: tf.Scalar | undefined;
          studentLosses = student.backward(() => {
            const [strong, labeledLogits] = student.logits([unlabeled.strong, labeled.x]) as [
              tf.Tensor2D,
              tf.Tensor2D,
            ];
            before = tf.keep(lossOf(constant(labeledLogits), labeled.targets));
            return { total: lossOf(strong, smooth(pseudo)), parts: {} };
          });
          student.step();
          const [labeledLogits] = student.withoutTracking(() => student.logits([labeled.x], 'after')) as [
            tf.Tensor2D,
          ];
          const after = lossOf(labeledLogits, labeled.targets);
          decrease = before!.dataSync()[0]!;
          decrease -= after.dataSync()[0]!;
          before?.dispose();
          baseline = baselineDecay * baseline + (1 - baselineDecay) * decrease;
          help = decrease - baseline;
        }

        const ramp = linearRamp(done, 0, udaRamp);
        const teacherLosses = teacher.backward(() => {
          const [labeledLogits, weak, strong] = teacher.logits(images) as Three;
          const supervised = labeledLoss(labeledLogits, smooth(labeled.targets));
          const strongByHead = heads.split(strong);
          const byHead = heads.split(weak).map((logits, i) => udaLoss(logits, strongByHead[i]!, given));
          const uda = total(byHead.map(({ loss }) => loss));
          const meta = tf.mul(lossOf(strong, pseudo), help * feedback) as tf.Scalar;
          return {
            total: total([supervised, tf.mul(uda, udaWeight * ramp) as tf.Scalar, meta]),
            parts: { labeled: supervised, uda, used: meanOfAll(byHead.map(({ used }) => used)) },
          };
        });
        return {
          // While the student waits, it has no loss.
          total: studentLosses?.total ?? tf.keep(tf.clone(teacherLosses.total)),
          parts: {
            ...teacherLosses.parts,
            teacher: teacherLosses.total,
            feedback: tf.keep(tf.scalar(decrease)),
          },
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
 * The consistency loss of UDA (Xie et al. 2020, arXiv:1904.12848), `[B,K], [B,K] -> []`: the strong view against the
 * sharpened probabilities of the weak view, if one of these is high enough; the mean over all.
 */
export function udaLoss(
  weak: tf.Tensor2D,
  strong: tf.Tensor2D,
  { udaTemperature, udaThreshold }: Pick<z.output<typeof settings>, 'udaTemperature' | 'udaThreshold'>,
): { readonly loss: tf.Scalar; readonly used: tf.Tensor1D } {
  const targets = tf.softmax(tf.div(constant(weak), udaTemperature)) as tf.Tensor2D;
  const used = tf.cast(tf.greaterEqual(tf.max(targets, 1), udaThreshold), 'float32') as tf.Tensor1D;
  return { loss: maskedCrossEntropy(strong, targets, used), used };
}

/** One class per row, drawn from its softmax: the highest of the logits with Gumbel noise. */
function sampleTargets(logits: tf.Tensor2D, rng: Rng): tf.Tensor2D {
  const noise = rng.fillUniform(new Float32Array(logits.size), 2 ** -24, 1);
  for (const [i, u] of noise.entries()) noise[i] = -Math.log(-Math.log(u));
  return mostProbable(tf.add(logits, tf.tensor2d(noise, logits.shape))).targets;
}
