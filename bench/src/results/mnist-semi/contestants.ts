import type { AnyModule } from '@podium/nn';
import type { MethodOptions } from '@podium/semi-supervised';
import { convNet, dropoutNet } from './nets.ts';

/** One line of the table. Learning rates and steps were chosen on held-out training images, not on the test set. */
export interface Contestant {
  readonly part: 'dropout' | 'conv';
  readonly method: MethodOptions;
  readonly net: (seed: string) => AnyModule;
  readonly steps: number;
  /** Labeled images per batch, and unlabeled images per labeled one. */
  readonly batchSize: number;
  readonly ratio: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** On the labels only, after a method whose student never sees them. */
  readonly fineTuning?: { readonly steps: number; readonly learningRate: number };
  /** Transforms of each view. */
  readonly weak?: readonly unknown[];
  readonly strong?: readonly unknown[];
  /** Decay of the weight average, which is then evaluated instead of the weights. */
  readonly decay?: number;
}

const weak = [{ translate: { x: 0.08, y: 0.08, p: 1 } }];
const strong = [
  { affine: { degrees: 25, translate: 0.12, scale: [0.8, 1.2], shear: 15, p: 1 } },
  { randomErasing: { p: 0.8, scale: [0.05, 0.2] } },
];

/** Without augmentation, as in the paper; 32 labeled and 256 unlabeled images per batch. */
const DROPOUT = {
  part: 'dropout',
  net: dropoutNet,
  steps: 800,
  batchSize: 32,
  learningRate: 0.02,
  weightDecay: 0,
} as const;

const CONV = {
  part: 'conv',
  net: convNet,
  steps: 600,
  batchSize: 32,
  learningRate: 0.05,
  weightDecay: 5e-4,
  weak,
  strong,
  decay: 0.98,
} as const;

export const CONTESTANTS: Readonly<Record<string, Contestant>> = {
  'dropout net': { ...DROPOUT, method: { name: 'supervised' }, ratio: 0 },
  // The paper's final weight; the run is short, so it rises until the end.
  '+ pseudo labels': { ...DROPOUT, method: { name: 'pseudo-label', from: 0.2, to: 1 }, ratio: 8 },
  'conv net': { ...CONV, method: { name: 'supervised' }, ratio: 0 },
  FixMatch: { ...CONV, method: { name: 'fixmatch' }, ratio: 7 },
  'Meta Pseudo Labels': {
    ...CONV,
    // The paper's weight 8 is for a run 500 times as long; the ramps are longer parts of the run than there.
    method: { name: 'meta-pseudo-labels', udaWeight: 1, udaRamp: 0.2, studentWait: 0.1 },
    fineTuning: { steps: 100, learningRate: 0.005 },
    ratio: 7,
  },
};
