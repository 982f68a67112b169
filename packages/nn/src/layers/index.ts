export { Activation, GELU, Hardsigmoid, Hardswish, ReLU, ReLU6, Sigmoid, SiLU, Tanh } from './activation.ts';
export { BatchNorm2d, type BatchNorm2dOptions } from './batch-norm2d.ts';
export { Flatten, Identity, ModuleList, Sequential } from './containers.ts';
export { Conv2d, type Conv2dOptions } from './conv2d.ts';
export { Dropout, DropPath } from './dropout.ts';
export { EfficientChannelAttention } from './efficient-channel-attention.ts';
export { Embedding } from './embedding.ts';
export { GlobalResponseNorm } from './global-response-norm.ts';
export { GroupNorm } from './group-norm.ts';
export { LayerNorm, LayerNorm2d, type LayerNormOptions } from './layer-norm.ts';
export { LayerScale } from './layer-scale.ts';
export { Linear, linear } from './linear.ts';
export { Mlp, type MlpOptions } from './mlp.ts';
export { type AttentionOptions, MultiHeadAttention } from './multi-head-attention.ts';
export {
  AdaptiveAvgPool2d,
  AvgPool2d,
  GeM,
  type GlobalPool,
  MaxPool2d,
  SelectAdaptivePool2d,
} from './pool.ts';
export { RelativePositionBias, relativeIndices } from './relative-position-bias.ts';
export { ScaledStdConv2d, type ScaledStdConv2dOptions } from './scaled-std-conv2d.ts';
export { SqueezeExcite, type SqueezeExciteOptions } from './squeeze-excite.ts';
