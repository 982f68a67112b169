import type { Expectation } from './results.ts';

/** Expectations per backend with tfjs-core 4.22.0; patterns match full spec names. */
export const expectations: Readonly<Record<'tensorflow' | 'wasm', Expectation>> = {
  tensorflow: {
    minimum: 3882,
    known: [
      {
        reason: 'TensorFlow 2.21 rounds every int32 to zero',
        spec: /^round test-tensorflow \{\} int32$/,
      },
    ],
    kernels: {},
  },
  wasm: {
    minimum: 3960,
    known: [
      { reason: 'complex numbers are not implemented', message: /Kernel 'Complex' not registered/ },
      {
        reason: 'Einsum, ragged tensors and regular expressions are not implemented',
        message: /Kernel '(Einsum|Ragged\w+|StaticRegexReplace)' not registered/,
      },
      { reason: 'strings: no kernels take them', message: /Unknown dtype string/ },
      { reason: 'strings: no kernels take them', spec: /string comparison$|^tile .* string tensor$/ },
      { reason: 'strings: no kernels take them', spec: /^sparseToDense .* should work for string$/ },
      { reason: 'channels come last only', message: /does not support dataFormat/ },
      { reason: 'a fused bias is a vector only', message: /only supports rank-1 bias/ },
      { reason: 'matrix products are of float32 only', message: /BatchMatMul for non non-float32/ },
      { reason: 'clipping turns NaN into a bound', spec: /^clipByValue .* (basic vec4|propagates NaNs)$/ },
      { reason: 'casting to bool keeps the low byte', spec: /^tensor .* Tensor2D (float32|int32) -> bool$/ },
      { reason: 'slices out of bounds are not refused', spec: /^slice2d .* out of bounds slice$/ },
      { reason: 'pooling a 1x1 window ignores padding', spec: /^pool .* f=\[1,1\] .* fractional outputs/ },
      { reason: 'bincount counts each row of an image by itself', spec: /^threshold .* method otsu/ },
    ],
    kernels: {
      Conv2DBackpropFilter: 13,
      Conv2DBackpropInput: 20,
      DepthwiseConv2dNativeBackpropFilter: 7,
      DepthwiseConv2dNativeBackpropInput: 7,
      MaxPoolGrad: 20,
      UnsortedSegmentSum: 35,
    },
  },
};
