import { defineRegistry, type Registry } from '@podium/core';
import type { Converter } from './converter.ts';
import { elementwiseKernels } from './elementwise.ts';
import { pieceKernels } from './pieces.ts';
import { productKernels } from './products.ts';
import { reductionKernels } from './reductions.ts';
import { resizeKernels } from './resize.ts';
import { shapeKernels } from './shapes.ts';
import { windowKernels } from './windows.ts';

/** How kernels are written in ONNX. */
export const converters: Registry<Converter> = defineRegistry(
  [
    ...elementwiseKernels,
    ...pieceKernels,
    ...productKernels,
    ...reductionKernels,
    ...resizeKernels,
    ...shapeKernels,
    ...windowKernels,
  ],
  { kind: 'kernel' },
);
