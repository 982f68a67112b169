import { BatchNorm2d, Conv2d, Linear, type RemoveHook } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/untouched.ts';
import { type DoctorCheck, ok, skipped, warning } from '../check.ts';
import { firstBatch, inputOf, list, modelOutput } from '../tools.ts';

/** Batch norm takes the mean away, and with it a bias before it: it costs memory and learns nothing. */
export const biasBeforeNorm: DoctorCheck = {
  name: 'bias-before-norm',
  title: 'no layer that batch norm follows has a bias',
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject);
    const made = new Map<number, string>();
    const found: string[] = [];
    let norms = 0;
    const hooks: RemoveHook[] = [];
    for (const [path, module] of model.namedModules()) {
      const each: unknown = module;
      if ((each instanceof Conv2d || each instanceof Linear) && each.bias !== null) {
        hooks.push(
          module.registerForwardHook((_, __, output) => void made.set((output as tf.Tensor).id, path)),
        );
      }
      if (each instanceof BatchNorm2d) {
        norms++;
        hooks.push(
          module.registerForwardPreHook((_, [input]) => {
            const from = made.get((input as tf.Tensor).id);
            if (from !== undefined) found.push(from);
            return undefined;
          }),
        );
      }
    }
    try {
      await leavingUntouched(model, () => tf.tidy(() => void modelOutput(subject, inputOf(batch, subject))));
    } finally {
      for (const remove of hooks) remove();
    }
    if (norms === 0) return skipped('the model has no batch norm');
    if (found.length === 0) return ok(`none of the layers before ${norms} batch norms has a bias`);
    return warning(
      `${list(found)} ${found.length === 1 ? 'has' : 'have'} a bias that batch norm takes away again`,
      'make these layers with bias: false',
    );
  },
};
