import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { mobileNetV2Stages, resNetStages } from './architectures.ts';
import type { ModelName } from './models.ts';

type Symbolic = layers.SymbolicTensor;

/** The benchmark's networks in plain TensorFlow.js: tf.layers, 1,000 classes with softmax. */
export function stockModel(name: ModelName): layers.LayersModel {
  const input = layers.input({ shape: [224, 224, 3] });
  const features = name === 'mobilenetv2' ? mobileNetV2(input) : resNet(input, name === 'resnet50');
  const pooled = layers.layers.globalAveragePooling2d({}).apply(features) as Symbolic;
  const output = layers.layers.dense({ units: 1000, activation: 'softmax' }).apply(pooled) as Symbolic;
  const model = layers.model({ inputs: input, outputs: output });
  model.compile({ optimizer: tf.train.momentum(0.01, 0.9), loss: 'categoricalCrossentropy' });
  return model;
}

function mobileNetV2(image: Symbolic): Symbolic {
  let x = activate(convNorm(image, 32, 3, 2), 6);
  for (const [expand, filters, blocks, firstStride] of mobileNetV2Stages) {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 ? firstStride : 1;
      const channels = x.shape[3]!;
      let y = expand > 1 ? activate(convNorm(x, channels * expand, 1, 1), 6) : x;
      const depthwise = { kernelSize: 3, strides: stride, padding: 'same', useBias: false } as const;
      y = layers.layers.depthwiseConv2d(depthwise).apply(y) as Symbolic;
      y = activate(normalize(y), 6);
      y = convNorm(y, filters, 1, 1);
      x = stride === 1 && channels === filters ? (layers.layers.add().apply([x, y]) as Symbolic) : y;
    }
  }
  return activate(convNorm(x, 1280, 1, 1), 6);
}

function resNet(image: Symbolic, bottleneck: boolean): Symbolic {
  let x = activate(convNorm(image, 64, 7, 2));
  x = layers.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(x) as Symbolic;
  for (const [stage, blocks] of resNetStages[bottleneck ? 'resnet50' : 'resnet18'].entries()) {
    const width = 64 * 2 ** stage;
    const filters = bottleneck ? width * 4 : width;
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const shortcut = stride > 1 || x.shape[3] !== filters ? convNorm(x, filters, 1, stride) : x;
      let y = x;
      if (bottleneck) {
        y = activate(convNorm(y, width, 1, 1));
        y = activate(convNorm(y, width, 3, stride));
        y = convNorm(y, filters, 1, 1);
      } else {
        y = activate(convNorm(y, width, 3, stride));
        y = convNorm(y, filters, 3, 1);
      }
      x = activate(layers.layers.add().apply([shortcut, y]) as Symbolic);
    }
  }
  return x;
}

function convNorm(x: Symbolic, filters: number, kernelSize: number, strides: number): Symbolic {
  const convolution = { filters, kernelSize, strides, padding: 'same', useBias: false } as const;
  return normalize(layers.layers.conv2d(convolution).apply(x) as Symbolic);
}

function normalize(x: Symbolic): Symbolic {
  return layers.layers.batchNormalization({ epsilon: 1e-5 }).apply(x) as Symbolic;
}

function activate(x: Symbolic, maxValue?: number): Symbolic {
  return layers.layers.reLU(maxValue === undefined ? {} : { maxValue }).apply(x) as Symbolic;
}
