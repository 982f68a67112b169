import { type Normalization, PodiumError, Rng } from '@podium/core';
import type { AnyModule } from '@podium/nn';
import { type SemiSupervisedBatch, toTensors } from './batch.ts';
import type { SemiSupervisedMethod } from './definition.ts';
import { createLearner, type LearnerSettings } from './learner.ts';
import { averageOf, moveToward } from './moving-average.ts';
import { type RunResult, type RunSettings, runSteps } from './run.ts';
import { modelPart, optimizerPart, type Part } from './run-state.ts';

export interface SemiSupervisedSettings extends RunSettings<SemiSupervisedBatch> {
  /** Made by `createSemiSupervised`, for this run alone: some methods count. */
  readonly method: SemiSupervisedMethod;
  readonly student: LearnerSettings;
  /** For methods with a trained teacher: a second model, with an optimizer of its own. */
  readonly teacher?: LearnerSettings;
  /** Evaluates an average of the student's weights and running statistics that keeps this much of itself in a step. */
  readonly average?: { readonly decay: number };
  /** What bytes become. */
  readonly normalization?: Normalization;
}

export interface SemiSupervisedResult extends RunResult {
  /**
   * The model to use: the average of the student's weights where one was asked for, the teacher of methods whose teacher
   * is an average, else the student itself. The caller owns it.
   */
  readonly model: AnyModule;
}

/**
 * Trains a student on labeled and unlabeled images at once. Equal seeds and batches give equal bits with a
 * deterministic engine, and a resumed run goes on to the bits of an unbroken one.
 *
 * @throws PodiumError `online-teacher` where teacher and method do not go together; `online-output` where a model does
 *   not give as many logits as there are classes; `online-batch`, `online-no-unlabeled` naming what a batch lacks;
 *   `online-not-finite`, `online-state`
 */
export async function trainSemiSupervised(settings: SemiSupervisedSettings): Promise<SemiSupervisedResult> {
  const { method, student, seed, normalization, average } = settings;
  checkTeacher(settings);
  const own = average === undefined ? undefined : averageOf(student.model);
  const averaging = method.teacher === 'average' ? averageOf(student.model) : undefined;
  const teacher = averaging === undefined ? settings.teacher : { model: averaging };
  const { heads } = method;
  const { classes } = heads;
  let rng = Rng.fromSeed(seed);
  const learners = {
    student: createLearner('student', student, classes, () => rng),
    teacher: teacher === undefined ? undefined : createLearner('teacher', teacher, classes, () => rng),
  };
  const parts = new Map<string, Part>([
    ['student', modelPart(student.model)],
    ['student.optimizer', optimizerPart('student', student.optimizer)],
  ]);
  if (teacher !== undefined) parts.set('teacher', modelPart(teacher.model));
  if (settings.teacher !== undefined) {
    parts.set('teacher.optimizer', optimizerPart('teacher', settings.teacher.optimizer));
  }
  if (own !== undefined) parts.set('average', modelPart(own));
  const { state, loadState } = method;
  if (state !== undefined) {
    parts.set('method', {
      state,
      load: (tensors, numbers) =>
        loadState?.({ tensors, numbers: (numbers ?? {}) as Record<string, number> }),
    });
  }
  const model = own ?? averaging ?? student.model;
  try {
    const result = await runSteps(settings, {
      method: method.name,
      learners: settings.teacher === undefined ? [student] : [student, settings.teacher],
      models: teacher === undefined ? [student.model] : [student.model, teacher.model],
      parts,
      model,
      step(batch, progress) {
        rng = progress.rng;
        const { views, name } = method;
        const tensors = toTensors(batch, { widths: heads.widths, views, method: name, normalization });
        const losses = method.step(tensors, learners, progress);
        if (averaging !== undefined) {
          moveToward(averaging, student.model, 1 - (method.decay?.(progress) ?? 0), false);
        }
        if (own !== undefined) moveToward(own, student.model, 1 - (average?.decay ?? 0), true);
        return losses;
      },
    });
    if (own !== undefined) averaging?.dispose();
    return { ...result, model };
  } catch (error) {
    own?.dispose();
    averaging?.dispose();
    throw error;
  }
}

function checkTeacher({ method, student, teacher, average }: SemiSupervisedSettings): void {
  const wrong = (expected: string, got: string, fix: string) =>
    new PodiumError({ code: 'online-teacher', message: `teacher of ${method.name}`, expected, got, fix });
  if (method.teacher === 'trained' && teacher === undefined) {
    throw wrong('a model with an optimizer of its own', 'none', 'give one as `teacher`');
  }
  if (method.teacher !== 'trained' && teacher !== undefined) {
    const makes = method.teacher === 'average' ? 'an average of the student, made by the run' : 'none';
    throw wrong(makes, 'a model', 'leave `teacher` out');
  }
  if (teacher !== undefined && (teacher.model === student.model || teacher.optimizer === student.optimizer)) {
    throw wrong('another model and another optimizer', "the student's", 'make two of each');
  }
  if (average !== undefined && !(average.decay >= 0 && average.decay < 1)) {
    throw new PodiumError({
      code: 'online-setting',
      path: { key: 'average.decay' },
      expected: 'a number from 0 up to, but not, 1',
      got: String(average.decay),
    });
  }
}
