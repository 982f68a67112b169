import { type Normalization, PodiumError } from '@podium/core';
import { type Precision, precision, withPrecision } from '@podium/engine';
import { type AnyModule, loadStateDict, type StateTensor, stateDict } from '@podium/nn';
import {
  Learner,
  type LearnerSettings,
  type Losses,
  type TaskState,
  type TrainingTask,
} from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import { type SemiSupervisedBatch, toTensors } from './batches/index.ts';
import type { SemiSupervisedMethod, StepShare } from './definition.ts';
import { createEmaTeacher, type EmaTeacher } from './ema-teacher.ts';
import { createNetwork, createTrainedNetwork, emptyContext } from './network.ts';

/** Computes metrics of a model, by name. Modes are restored afterwards. */
export type ValidateModel = (
  model: AnyModule,
) => Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;

export interface SemiSupervisedTaskSettings {
  /** From `createSemiSupervised`, for this run alone: some methods count. */
  readonly method: SemiSupervisedMethod;
  readonly student: LearnerSettings;
  /** For methods with a trained teacher: a second model, with its own optimizer. */
  readonly teacher?: LearnerSettings;
  /** Length of the run in steps: ramps depend on it. */
  readonly steps: number;
  readonly seed: string | number;
  /** For batches of bytes. Default: `value / 255`. */
  readonly normalization?: Normalization;
  /** Of convolutions and matrix products; losses are float32 in any case. Default: the engine's. */
  readonly precision?: Precision;
  readonly validation?: { readonly run: ValidateModel };
}

/**
 * Trains a student on labeled and unlabeled images at once. Its `model` is the one to use: a teacher that is an average,
 * otherwise the student.
 *
 * @throws PodiumError `online-teacher` if teacher and method do not go together
 */
export function semiSupervisedTask(settings: SemiSupervisedTaskSettings): TrainingTask<SemiSupervisedBatch> {
  assertTeacher(settings);
  const { method, normalization, steps, seed, validation } = settings;
  const { heads, views, name } = method;
  const { classes } = heads;
  const context = emptyContext();
  let stepNorm: tf.Scalar | undefined;

  const student = new Learner('student', settings.student);
  const trained = settings.teacher === undefined ? undefined : new Learner('teacher', settings.teacher);
  const average = method.teacher === 'average' ? createEmaTeacher(student.model) : undefined;
  const model = average?.model ?? student.model;
  const networks = {
    student: createTrainedNetwork('student', student, classes, context, (norm) => {
      stepNorm?.dispose();
      stepNorm = norm;
    }),
    teacher:
      trained === undefined
        ? average && createNetwork('teacher', average.model, classes, context)
        : createTrainedNetwork('teacher', trained, classes, context),
  };
  const shareAt = (step: number): StepShare => ({ step, share: step / steps });

  return {
    name,
    learners: trained === undefined ? [student] : [student, trained],
    model,
    accumulates: trained === undefined,
    images: ({ labeled, unlabeled }) => labeled.shape[0] + (unlabeled?.shape[0] ?? 0),
    addGradients(batch, { rng, batch: number, step }) {
      context.rng = rng.split('step', number);
      context.position = { step, epoch: batch.epoch, batches: 1 };
      let losses: Losses | undefined;
      tf.tidy(() =>
        withPrecision(settings.precision ?? precision(), () => {
          const tensors = toTensors(batch, { heads: heads.list, views, method: name, normalization });
          const at = { ...shareAt(step), rng: context.rng };
          losses = method.addGradients(tensors, networks, at);
        }),
      );
      return losses!;
    },
    step(position) {
      if (trained !== undefined) {
        // The student steps within the batch, unless it waits.
        const teacherNorm = trained.step(position);
        const studentNorm = stepNorm;
        stepNorm = undefined;
        if (studentNorm === undefined) return teacherNorm;
        teacherNorm.dispose();
        return studentNorm;
      }
      const norm = student.step(position);
      average?.follow(student.model, method.decay?.(shareAt(position.step)) ?? 0);
      return norm;
    },
    async validate() {
      if (validation === undefined) return {};
      const run = async () => ({ ...(await validation.run(model)) });
      return average === undefined ? await student.withAverage(run, { normalization, seed }) : await run();
    },
    ...stateOf(method, average),
    config: () => ({
      ...student.config(),
      teacher: trained?.config(),
      steps,
      heads: heads.list.map(({ name: head, classes: width }) => ({ name: head, classes: width })),
      method: method.settings,
      normalization,
      precision: settings.precision,
    }),
    dispose() {
      stepNorm?.dispose();
      student.dispose();
      trained?.dispose();
    },
  };
}

const TEACHER = 'teacher.';
const METHOD = 'method.';

/** What lasts from step to step beside the learners: an EMA teacher, and the counters of a method. */
function stateOf(
  { state, loadState }: SemiSupervisedMethod,
  average: EmaTeacher | undefined,
): Pick<TrainingTask, 'state' | 'loadState'> {
  if (average === undefined && state === undefined) return {};
  return {
    state() {
      const { tensors = new Map(), numbers = {} }: Partial<TaskState> = state?.() ?? {};
      return {
        tensors: new Map<string, StateTensor>([
          ...withPrefix(TEACHER, average === undefined ? new Map() : stateDict(average.model)),
          ...withPrefix(METHOD, tensors),
        ]),
        numbers,
      };
    },
    loadState({ tensors, numbers }) {
      if (average !== undefined) loadStateDict(average.model, withoutPrefix(TEACHER, tensors));
      loadState?.({ tensors: withoutPrefix(METHOD, tensors), numbers });
    },
  };
}

type Tensors = ReadonlyMap<string, StateTensor>;

function withPrefix(prefix: string, tensors: Tensors): [string, StateTensor][] {
  return Array.from(tensors, ([path, tensor]) => [`${prefix}${path}`, tensor]);
}

function withoutPrefix(prefix: string, tensors: Tensors): Map<string, StateTensor> {
  return new Map(
    [...tensors]
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, tensor]) => [path.slice(prefix.length), tensor]),
  );
}

function assertTeacher({ method, student, teacher }: SemiSupervisedTaskSettings): void {
  const wrong = (expected: string, got: string, fix: string) =>
    new PodiumError({ code: 'online-teacher', message: `teacher of ${method.name}`, expected, got, fix });
  if (method.teacher === 'trained' && teacher === undefined) {
    throw wrong('a model with its own optimizer', 'none', 'give one as `teacher`');
  }
  if (method.teacher !== 'trained' && teacher !== undefined) {
    const expected = method.teacher === 'average' ? 'none: it is an average of the student' : 'none';
    throw wrong(expected, 'a model', 'leave `teacher` out');
  }
  if (teacher !== undefined && teacher.model === student.model) {
    throw wrong('another model', "the student's", 'create two');
  }
}
