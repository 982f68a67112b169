import { readFileSync } from 'node:fs';
import { loadEngine } from '@podium/engine';
import { type AnyModule, Flatten, init, Linear, Module, Parameter, Sequential } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { listBatches } from '../../test/memory-batches.ts';
import { createSemiSupervised, trainSemiSupervised } from '../index.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2, deterministic: true });
});

/** One weight: logits `(w x, 0)`, so the first class has the probability sigmoid(w x). */
class OneWeight extends Module<[x: tf.Tensor4D], tf.Tensor2D> {
  weight: Parameter;

  constructor(weight: number) {
    super();
    this.weight = new Parameter([1], init.constant(weight));
  }

  forward(x: tf.Tensor4D): tf.Tensor2D {
    const score = tf.mul(tf.reshape(x, [x.shape[0], 1]), this.weight.data);
    return tf.concat([score, tf.zerosLike(score)], 1) as tf.Tensor2D;
  }
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const lossOf = (w: number, x: number, label: number) =>
  -Math.log(label === 0 ? sigmoid(w * x) : sigmoid(-w * x));
const slopeOf = (w: number, x: number, label: number) => (sigmoid(w * x) - (label === 0 ? 1 : 0)) * x;

const [TEACHER, STUDENT, UNLABELED, LABELED] = [0.4, -0.3, 1.5, 0.8];
const RATE = 0.7;

/** One step in which nothing but the feedback moves the teacher. */
async function oneStep(seed: number, labels: 'sampled' | 'hard', more: object = {}, rate: number = RATE) {
  const [teacher, student] = [new OneWeight(TEACHER), new OneWeight(STUDENT)];
  const batch = pair({
    images: [LABELED],
    classes: [0],
    weak: [UNLABELED],
    strong: [UNLABELED],
    width: 1,
  });
  const method = createSemiSupervised(
    {
      name: 'meta-pseudo-labels',
      labels,
      labelSmoothing: 0,
      udaWeight: 0,
      studentWait: 0,
      baselineDecay: 1,
      ...more,
    },
    {
      heads: [{ name: 'label', classes: 2 }],
      supervisedLoss: (logits) => tf.mul(tf.sum(logits), 0),
    },
  );
  let fall = Number.NaN;
  const model = (module: OneWeight) => module as unknown as AnyModule;
  await trainSemiSupervised({
    method,
    student: { model: model(student), optimizer: { name: 'sgd', learningRate: rate } },
    teacher: { model: model(teacher), optimizer: { name: 'sgd', learningRate: 1 } },
    batches: listBatches([batch]),
    steps: 1,
    seed,
    onEvent: (event) => {
      if (event.type === 'step') fall = event.losses.feedback!;
    },
  });
  const [wT, wS] = [teacher, student].map(({ weight }) => weight.variable.dataSync()[0]!);
  return { gradient: TEACHER - wT!, student: wS!, fall };
}

/** One step: labeled images, and two views of unlabeled ones, each of `width` numbers. */
function pair(given: {
  readonly images: number[];
  readonly classes: number[];
  readonly weak: number[];
  readonly strong: number[];
  readonly width: number;
}) {
  const { images, classes, weak, strong, width } = given;
  const position = { epoch: 0, step: 0, steps: 1 };
  return {
    labeled: {
      images: Float32Array.from(images),
      shape: [classes.length, 1, 1, width] as const,
      ids: classes.map(String),
      targets: { label: Int32Array.from(classes) },
      ...position,
    },
    unlabeled: {
      images: Float32Array.from([...weak, ...strong]),
      shape: [(2 * weak.length) / width, 1, 1, width] as const,
      views: 2,
      ...position,
    },
  };
}

/** What the paper's algorithm gives for a pseudo label. */
function analytic(label: number) {
  const student = STUDENT - RATE * slopeOf(STUDENT, UNLABELED, label);
  const fall = lossOf(STUDENT, LABELED, 0) - lossOf(student, LABELED, 0);
  return { student, fall, gradient: fall * slopeOf(TEACHER, UNLABELED, label) };
}

test('with a hard label, the teacher moves by h times the gradient of its cross-entropy', async () => {
  const label = TEACHER * UNLABELED > 0 ? 0 : 1;
  const [got, wanted] = [await oneStep(0, 'hard'), analytic(label)];
  expect(got.student).toBeCloseTo(wanted.student, 6);
  expect(got.fall).toBeCloseTo(wanted.fall, 6);
  expect(got.gradient).toBeCloseTo(wanted.gradient, 6);
  expect(Math.abs(got.gradient)).toBeGreaterThan(1e-3);
});

test('h is the learning rate times the product of the two gradients of the student, to first order', async () => {
  const rate = 0.01;
  const { fall, student } = await oneStep(0, 'hard', {}, rate);
  const product = slopeOf(student, LABELED, 0) * slopeOf(STUDENT, UNLABELED, 0) * rate;
  expect(fall / product).toBeCloseTo(1, 2);
});

describe('with sampled labels', () => {
  test('the expected update is the gradient of the loss that the student will have', async () => {
    const found = new Map<number, number>();
    for (let seed = 0; found.size < 2; seed++) {
      const { gradient, student } = await oneStep(seed, 'sampled');
      const label = Math.abs(student - analytic(0).student) < 1e-5 ? 0 : 1;
      expect(student).toBeCloseTo(analytic(label).student, 5);
      found.set(label, gradient);
    }
    const first = sigmoid(TEACHER * UNLABELED);
    const expected = first * found.get(0)! + (1 - first) * found.get(1)!;
    const expectedLoss = (teacher: number) => {
      const p = sigmoid(teacher * UNLABELED);
      return p * lossOf(analytic(0).student, LABELED, 0) + (1 - p) * lossOf(analytic(1).student, LABELED, 0);
    };
    const numeric = (expectedLoss(TEACHER + 1e-5) - expectedLoss(TEACHER - 1e-5)) / 2e-5;
    expect(expected).toBeCloseTo(numeric, 5);
  });

  test('labels are drawn as often as the teacher gives them', async () => {
    let zeros = 0;
    const draws = 60;
    for (let seed = 100; seed < 100 + draws; seed++) {
      const { student } = await oneStep(seed, 'sampled');
      if (Math.abs(student - analytic(0).student) < 1e-5) zeros++;
    }
    const p = sigmoid(TEACHER * UNLABELED);
    expect(Math.abs(zeros / draws - p)).toBeLessThan(3 * Math.sqrt((p * (1 - p)) / draws));
  });
});

test('the baseline is a moving average, taken off the feedback with this step in it', async () => {
  const { gradient } = await oneStep(0, 'hard', { baselineDecay: 0.9 });
  expect(gradient).toBeCloseTo(0.9 * analytic(0).gradient, 6);
});

test('while the student waits, it does not move and gives no feedback', async () => {
  const { gradient, student, fall } = await oneStep(0, 'hard', { studentWait: 1 });
  expect([gradient, student, fall]).toEqual(
    [0, Math.fround(STUDENT), 0].map((value) => expect.closeTo(value, 7)),
  );
});

test("three whole steps are PyTorch's: UDA with its ramp, label smoothing, hard labels, baseline", async () => {
  const file = new URL('../fixtures/torch-meta-pseudo-labels.json', import.meta.url);
  const { start, settings, steps } = JSON.parse(readFileSync(file, 'utf8'));
  const { studentRate, teacherRate, ...others } = settings;
  const linear = (weights: number[]) => {
    const layer = new Linear(4, 3);
    layer.weight.data = tf.tensor2d(weights, [3, 4]);
    layer.bias?.variable.assign(tf.zeros([3]));
    const model = new Sequential([new Flatten(), layer]) as unknown as AnyModule;
    return { layer, model };
  };
  const [teacher, student] = [linear(start.teacher), linear(start.student)];
  const near = (got: tf.Tensor | undefined, wanted: number[]) => {
    for (const [i, value] of Array.from(got?.dataSync() ?? []).entries()) {
      expect(value).toBeCloseTo(wanted[i]!, 5);
    }
  };
  const seen: Readonly<Record<string, number>>[] = [];
  let validated = 0;
  await trainSemiSupervised({
    method: createSemiSupervised(
      { name: 'meta-pseudo-labels', labels: 'hard', studentWait: 0, udaRamp: 0.5, ...others },
      { heads: [{ name: 'label', classes: 3 }] },
    ),
    student: { model: student.model, optimizer: { name: 'sgd', learningRate: studentRate } },
    teacher: { model: teacher.model, optimizer: { name: 'sgd', learningRate: teacherRate } },
    batches: listBatches(steps.map((step: (typeof steps)[number]) => pair({ ...step, width: 4 }))),
    steps: steps.length,
    seed: 0,
    validation: {
      every: { steps: 1 },
      run: () => {
        const wanted = steps[validated++];
        near(teacher.layer.weight.variable, wanted.teacher);
        near(teacher.layer.bias?.variable, wanted.teacherBias);
        near(student.layer.weight.variable, wanted.student);
        near(student.layer.bias?.variable, wanted.studentBias);
        return {};
      },
    },
    onEvent: (event) => void (event.type === 'step' && seen.push({ ...event.losses, total: event.loss })),
  });
  expect([seen.length, validated]).toEqual([steps.length, steps.length]);
  for (const [i, losses] of seen.entries()) {
    const { studentLoss, teacherLoss, fall, used } = steps[i];
    expect([losses.total, losses.teacher, losses.feedback, losses.used]).toEqual(
      [studentLoss, teacherLoss, fall, used].map((value) => expect.closeTo(value, 5)),
    );
  }
});
