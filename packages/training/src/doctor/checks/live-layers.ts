import type { RemoveHook } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/untouched.ts';
import { type DoctorCheck, ok, problem, warning } from '../check.ts';
import { firstBatch, gradientsOf, list, short } from '../tools.ts';

const DEAD = 0.995;
const HUGE = 1e4;

/** Layers whose output is zero for every image, or grows beyond measure, or that no gradient reaches. */
export const liveLayers: DoctorCheck = {
  name: 'live-layers',
  title: 'no layer is dead or explodes',
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject);
    const zeros = new Map<string, number>();
    const sizes = new Map<string, number>();
    const unreached: string[] = [];
    await leavingUntouched(model, () => {
      const hooks: RemoveHook[] = [];
      for (const [path, module] of model.namedModules()) {
        if (module.namedChildren().length > 0) continue;
        hooks.push(
          module.registerForwardHook((_, __, output) => {
            if (!(output instanceof tf.Tensor) || output.dtype !== 'float32') return undefined;
            const [share, most] = tf
              .stack([tf.mean(tf.cast(tf.equal(output, 0), 'float32')), tf.max(tf.abs(output))])
              .dataSync() as unknown as [number, number];
            zeros.set(path, share);
            sizes.set(path, most);
            return undefined;
          }),
        );
      }
      try {
        gradientsOf(subject, batch);
      } finally {
        for (const remove of hooks) remove();
      }
      for (const [path, { requiresGrad, grad }] of model.namedParameters()) {
        if (!requiresGrad) continue;
        const most = grad === null ? 0 : tf.tidy(() => tf.max(tf.abs(grad)).dataSync()[0]!);
        if (most === 0) unreached.push(path);
      }
    });
    const dead = [...zeros].filter(([, share]) => share > DEAD).map(([path]) => path);
    const huge = [...sizes].filter(([, size]) => !(size < HUGE));
    if (huge.length > 0) {
      return problem(
        `outputs explode: ${list(huge.map(([path, size]) => `${path} reaches ${short(size)}`))}`,
        'normalize the inputs, start with smaller weights (He initialization), or put a norm after these layers',
      );
    }
    if (dead.length > 0) {
      return problem(
        `outputs are zero for all images: ${list(dead)}`,
        'look at the activation before, and at biases that are far below zero; try a lower learning rate',
      );
    }
    if (unreached.length > 0) {
      return warning(
        `no gradient reaches ${list(unreached)}`,
        'use these parameters in the forward pass, or freeze them',
      );
    }
    return ok(
      `outputs of ${sizes.size} layers reach at most ${short(Math.max(0, ...sizes.values()))}, and gradients all parameters`,
    );
  },
};
