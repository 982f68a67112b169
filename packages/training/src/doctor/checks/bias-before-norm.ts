import { BatchNorm2d, Conv2d, Linear, type RemoveHook } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { type DoctorCheck, ok, skipped, warning } from '../check.ts';
import { formatCount, formatList } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';
import { inputOf, modelOutput } from '../subject-model.ts';

/** Batch norm subtracts the mean, and with it the bias of the layer before: it takes memory and learns nothing. */
export const biasBeforeNorm: DoctorCheck = {
  name: 'bias-before-norm',
  title: 'layers before batch norm have no bias',
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject);
    const biasedOutputs = new Map<number, string>();
    const useless: string[] = [];
    let norms = 0;
    const hooks: RemoveHook[] = [];
    for (const [path, module] of model.namedModules()) {
      const layer: unknown = module;
      if ((layer instanceof Conv2d || layer instanceof Linear) && layer.bias !== null) {
        hooks.push(
          module.registerForwardHook((_, __, output) => {
            biasedOutputs.set((output as tf.Tensor).id, path);
          }),
        );
      }
      if (layer instanceof BatchNorm2d) {
        norms++;
        hooks.push(
          module.registerForwardPreHook((_, [input]) => {
            const biased = biasedOutputs.get((input as tf.Tensor).id);
            if (biased !== undefined) useless.push(biased);
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
    if (useless.length === 0) return ok(`no bias before ${formatCount(norms, 'batch norm')}`);
    return warning(
      `${formatList(useless)} ${useless.length === 1 ? 'has' : 'have'} a bias that the next batch norm removes`,
      'create these layers with bias: false',
    );
  },
};
