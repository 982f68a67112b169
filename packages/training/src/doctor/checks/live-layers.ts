import type { RemoveHook } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { type DoctorCheck, ok, problem, warning } from '../check.ts';
import { formatList, formatNumber } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';
import { lossesWithGradients } from '../subject-model.ts';

const DEAD = 0.995;
const HUGE = 1e4;

/** Finds layers whose output is zero for all images or explodes, and parameters without a gradient. */
export const liveLayers: DoctorCheck = {
  name: 'live-layers',
  title: 'no layer is dead, and none explodes',
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject);
    const zeroShares = new Map<string, number>();
    const maxima = new Map<string, number>();
    const withoutGradient: string[] = [];
    await leavingUntouched(model, () => {
      const hooks: RemoveHook[] = [];
      for (const [path, module] of model.namedModules()) {
        if (module.namedChildren().length > 0) continue;
        hooks.push(
          module.registerForwardHook((_, __, output) => {
            if (!(output instanceof tf.Tensor) || output.dtype !== 'float32') return undefined;
            const [share, max] = tf
              .stack([tf.mean(tf.cast(tf.equal(output, 0), 'float32')), tf.max(tf.abs(output))])
              .dataSync() as unknown as [number, number];
            zeroShares.set(path, share);
            maxima.set(path, max);
            return undefined;
          }),
        );
      }
      try {
        lossesWithGradients(subject, batch);
      } finally {
        for (const remove of hooks) remove();
      }
      for (const [path, { requiresGrad, grad }] of model.namedParameters()) {
        if (!requiresGrad) continue;
        const max = grad === null ? 0 : tf.tidy(() => tf.max(tf.abs(grad)).dataSync()[0]!);
        if (max === 0) withoutGradient.push(path);
      }
    });
    const dead = [...zeroShares].filter(([, share]) => share > DEAD).map(([path]) => path);
    const huge = [...maxima].filter(([, max]) => !(max < HUGE));
    if (huge.length > 0) {
      return problem(
        `outputs explode: ${formatList(huge.map(([path, max]) => `${path} reaches ${formatNumber(max)}`))}`,
        'normalize the inputs, use smaller initial weights (He initialization), or add a norm after these layers',
      );
    }
    if (dead.length > 0) {
      return problem(
        `outputs are zero for all images: ${formatList(dead)}`,
        'check the activation before them and very negative biases; try a lower learning rate',
      );
    }
    if (withoutGradient.length > 0) {
      return warning(
        `no gradient reaches ${formatList(withoutGradient)}`,
        'use these parameters in the forward pass, or freeze them',
      );
    }
    return ok(
      `the outputs of ${maxima.size} layers reach at most ${formatNumber(Math.max(0, ...maxima.values()))}; gradients reach all parameters`,
    );
  },
};
