export { type Activation, activate, activations } from './activation.ts';
export { applyUpdates, type Update, type UpdateOptions } from './apply-updates.ts';
export { type AttentionOptions, attention, type Windows } from './attention.ts';
export {
  type BatchNormOptions,
  type BatchNormParameters,
  type BatchNormTrained,
  type BatchNormTrainOptions,
  batchNormEval,
  batchNormTrain,
} from './batch-norm.ts';
export { addBias } from './bias.ts';
export { castTo } from './cast.ts';
export { type ConvOptions, conv2d } from './conv2d.ts';
export { depthwiseConv2d } from './depthwise-conv2d.ts';
export { differentiable, type Save } from './differentiable.ts';
export { dropout, dropPath } from './dropout.ts';
export { type FusedConvOptions, fusedConv2d } from './fused-conv2d.ts';
export type { Padding, Pair } from './geometry.ts';
export { globalNorm } from './global-norm.ts';
export { type LayerNormOptions, layerNorm } from './layer-norm.ts';
export { lerpAll } from './lerp.ts';
export { type MatMulOptions, matMul } from './mat-mul.ts';
export { padImage } from './pad.ts';
export {
  type AveragePoolOptions,
  averagePool2d,
  globalAveragePool2d,
  maxPool2d,
  type PoolOptions,
} from './pool.ts';
export { scaleChannels, scaleSamples } from './scale.ts';
export { softmaxCrossEntropy } from './softmax-cross-entropy.ts';
export { adamRule, lambRule, lionRule, rmsPropRule, sgdRule, type UpdateRule } from './update-rules.ts';
