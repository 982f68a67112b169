import { lerpAll } from '@podium/engine';
import type { AnyModule } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

/**
 * A running average of a student's parameters as a network of its own. It starts as a copy, and has running statistics of
 * its own, since it sees batches too (Mean Teacher). `createEma` averages both, for models that only predict.
 */
export interface EmaTeacher {
  readonly model: AnyModule;
  /** Moves the parameters toward the student's. @param decay weight of the teacher itself, 0 to 1 */
  follow(student: AnyModule, decay: number): void;
}

export function createEmaTeacher(student: AnyModule): EmaTeacher {
  const model = student.clone().requiresGrad_(false);
  return {
    model,
    follow(trained, decay) {
      const [from, to] = [model.parameters(), trained.parameters()];
      tf.tidy(() => {
        const moved = lerpAll(
          from.map(({ variable }) => variable),
          to.map(({ variable }) => variable),
          1 - decay,
        );
        for (const [i, parameter] of from.entries()) parameter.data = moved[i]!;
      });
    },
  };
}
