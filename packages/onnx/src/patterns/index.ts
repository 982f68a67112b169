import { gelu, hardSigmoid, hardSwish } from './activations.ts';
import { convolutionBias, groupedConvolution, paddedWindow } from './convolutions.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import type { Pattern } from './pattern.ts';

/** In the order in which they are applied: some look for what others made. */
export const patterns: readonly Pattern[] = [
  groupedConvolution,
  paddedWindow,
  convolutionBias,
  layerNorm,
  gelu,
  hardSigmoid,
  hardSwish,
  linear,
];
