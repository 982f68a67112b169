import {
  batchNormTrain,
  conv2d,
  formatProfile,
  loadEngine,
  memory,
  type Profile,
  profile,
  type ValueAndGradients,
  valueAndGradients,
} from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

/** One residual block: images `[B,H,W,C]` and a filter `[3,3,C,C]`. */
export interface Block {
  readonly x: tf.Tensor4D;
  readonly weight: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
}

export function makeBlock(batch: number, size: number, channels: number): Block {
  return {
    x: tf.randomNormal([batch, size, size, channels], 0, 1, 'float32', 1),
    weight: tf.randomNormal([3, 3, channels, channels], 0, 0.1, 'float32', 2),
    scale: tf.ones([channels]),
    offset: tf.zeros([channels]),
  };
}

/**
 * Convolution, then batch norm, shortcut and ReLU, which are a single kernel on TensorFlow. Returns the mean of the result,
 * and its gradients by weight, scale and offset. The caller owns them; everything else is freed.
 */
export function forwardAndBackward({ x, weight, scale, offset }: Block): ValueAndGradients {
  const block = () => {
    const [runningMean, runningVariance] = [tf.zerosLike(offset), tf.onesLike(scale)];
    const parameters = { scale, offset, runningMean, runningVariance };
    const y = conv2d(x, weight, { padding: 1 });
    return tf.mean(batchNormTrain(y, parameters, { residual: x, activation: 'relu' }).y);
  };
  return valueAndGradients(block, [weight, scale, offset]);
}

/** Every kernel that a step runs, forward and backward, with its time. */
export async function profileStep(block: Block): Promise<Profile> {
  const step = () => {
    const { value, gradients } = forwardAndBackward(block);
    return [value, ...gradients];
  };
  const { value, profile: result } = await profile(step);
  tf.dispose(value);
  return result;
}

if (process.argv[1] === import.meta.filename) {
  // TensorFlow is installed on first use. `auto` takes bfloat16 if it is faster on this CPU.
  const engine = await loadEngine({ precision: 'auto' });
  console.log(`${engine.backend}, ${engine.threads} threads, ${engine.precision}`);
  const block = makeBlock(8, 56, 64);
  const { value, gradients } = forwardAndBackward(block);
  console.log(
    `value ${value.dataSync()[0]}, gradients ${gradients.map(({ shape }) => `[${shape}]`).join(' ')}`,
  );
  tf.dispose([value, ...gradients]);
  console.log(formatProfile(await profileStep(block), { rows: 6 }));
  console.log(`${memory().tensors} tensors, ${(memory().bytes / 1e6).toFixed(1)} MB`);
}
