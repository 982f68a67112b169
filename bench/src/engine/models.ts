import {
  type Activation,
  batchNormEval,
  batchNormTrain,
  conv2d,
  depthwiseConv2d,
  globalAveragePool2d,
  matMul,
  maxPool2d,
} from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { mobileNetV2Stages, resNetStages } from './architectures.ts';

export const modelNames = ['mobilenetv2', 'resnet18', 'resnet50'] as const;
export type ModelName = (typeof modelNames)[number];

/** The three networks of the benchmark, built directly on the engine's kernels: 1,000 classes, torchvision's structure. */
export class Network {
  readonly name: ModelName;
  readonly parameters: Map<string, tf.Variable> = new Map();
  readonly #buffers: Map<string, tf.Variable> = new Map();
  training = true;

  constructor(name: ModelName) {
    this.name = name;
  }

  /** `[B,H,W,3] -> [B,1000]` */
  forward(x: tf.Tensor4D): tf.Tensor2D {
    return this.name === 'mobilenetv2' ? this.#mobileNetV2(x) : this.#resNet(x, this.name === 'resnet50');
  }

  dispose(): void {
    for (const variable of [...this.parameters.values(), ...this.#buffers.values()]) variable.dispose();
  }

  #mobileNetV2(image: tf.Tensor4D): tf.Tensor2D {
    let x = this.#convNorm('stem', image, 32, 3, 2, 'relu6');
    for (const [stage, [expand, filters, blocks, firstStride]] of mobileNetV2Stages.entries()) {
      for (let block = 0; block < blocks; block++) {
        const at = `${stage}.${block}`;
        const stride = block === 0 ? firstStride : 1;
        const channels = x.shape[3];
        let y = x;
        if (expand > 1) y = this.#convNorm(`${at}.expand`, y, channels * expand, 1, 1, 'relu6');
        y = this.#depthwiseNorm(`${at}.depthwise`, y, stride);
        const shortcut = stride === 1 && channels === filters ? x : undefined;
        x = this.#convNorm(`${at}.project`, y, filters, 1, 1, 'linear', shortcut);
      }
    }
    return this.#head(this.#convNorm('last', x, 1280, 1, 1, 'relu6'));
  }

  #resNet(image: tf.Tensor4D, bottleneck: boolean): tf.Tensor2D {
    let x = this.#convNorm('stem', image, 64, 7, 2, 'relu');
    x = maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 });
    for (const [stage, blocks] of resNetStages[bottleneck ? 'resnet50' : 'resnet18'].entries()) {
      const width = 64 * 2 ** stage;
      const filters = bottleneck ? width * 4 : width;
      for (let block = 0; block < blocks; block++) {
        const at = `${stage}.${block}`;
        const stride = block === 0 && stage > 0 ? 2 : 1;
        const shortcut =
          stride > 1 || x.shape[3] !== filters
            ? this.#convNorm(`${at}.down`, x, filters, 1, stride, 'linear')
            : x;
        let y = x;
        if (bottleneck) {
          y = this.#convNorm(`${at}.1`, y, width, 1, 1, 'relu');
          y = this.#convNorm(`${at}.2`, y, width, 3, stride, 'relu');
          x = this.#convNorm(`${at}.3`, y, filters, 1, 1, 'relu', shortcut);
        } else {
          y = this.#convNorm(`${at}.1`, y, width, 3, stride, 'relu');
          x = this.#convNorm(`${at}.2`, y, width, 3, 1, 'relu', shortcut);
        }
      }
    }
    return this.#head(x);
  }

  #head(x: tf.Tensor4D): tf.Tensor2D {
    const features = globalAveragePool2d(x);
    const weight = this.#parameter(
      'head.weight',
      [features.shape[1], 1000],
      Math.sqrt(1 / features.shape[1]),
    );
    return tf.add(matMul(features, weight), this.#parameter('head.bias', [1000], 0));
  }

  #convNorm(
    name: string,
    x: tf.Tensor4D,
    filters: number,
    size: number,
    stride: number,
    activation: Activation,
    residual?: tf.Tensor4D,
  ): tf.Tensor4D {
    const channels = x.shape[3];
    const scale = Math.sqrt(2 / (size * size * filters));
    const weight = this.#parameter(`${name}.weight`, [size, size, channels, filters], scale) as tf.Tensor4D;
    return tf.tidy(() =>
      this.#norm(name, conv2d(x, weight, { stride, padding: size >> 1 }), activation, residual),
    );
  }

  #depthwiseNorm(name: string, x: tf.Tensor4D, stride: number): tf.Tensor4D {
    const weight = this.#parameter(`${name}.weight`, [3, 3, x.shape[3], 1], Math.sqrt(2 / 9)) as tf.Tensor4D;
    return tf.tidy(() => this.#norm(name, depthwiseConv2d(x, weight, { stride, padding: 1 }), 'relu6'));
  }

  #norm(name: string, x: tf.Tensor4D, activation: Activation, residual?: tf.Tensor4D): tf.Tensor4D {
    const channels = x.shape[3];
    const parameters = {
      scale: this.#parameter(`${name}.scale`, [channels], 0, 1) as tf.Tensor1D,
      offset: this.#parameter(`${name}.offset`, [channels], 0) as tf.Tensor1D,
      runningMean: this.#buffer(`${name}.mean`, channels, 0),
      runningVariance: this.#buffer(`${name}.variance`, channels, 1),
    };
    const options = { activation, residual };
    if (!this.training) return batchNormEval(x, parameters, options);
    const { y, runningMean, runningVariance } = batchNormTrain(x, parameters, options);
    parameters.runningMean.assign(runningMean);
    parameters.runningVariance.assign(runningVariance);
    runningMean.dispose();
    runningVariance.dispose();
    return y;
  }

  #parameter(name: string, shape: number[], deviation: number, mean = 0): tf.Variable {
    let variable = this.parameters.get(name);
    if (variable === undefined) {
      variable = tf.variable(tf.randomNormal(shape, mean, deviation, 'float32', this.parameters.size));
      this.parameters.set(name, variable);
    }
    return variable;
  }

  #buffer(name: string, channels: number, value: number): tf.Variable<tf.Rank.R1> {
    let variable = this.#buffers.get(name);
    if (variable === undefined) {
      variable = tf.variable(tf.fill([channels], value));
      this.#buffers.set(name, variable);
    }
    return variable as tf.Variable<tf.Rank.R1>;
  }
}
