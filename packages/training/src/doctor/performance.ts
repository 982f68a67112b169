import { type Precision, type Profile, summarize } from '@podium/engine';
import type { Verdict } from './check.ts';
import { formatCount, formatNumber, formatPercent } from './format.ts';

/** Measurements of a running training; omit what was not measured. */
export interface PerformanceStats {
  readonly seconds: number;
  readonly images: number;
  /** Part of the seconds in which the loop waited for batches. */
  readonly waitedSeconds?: number;
  readonly workers?: number;
  readonly cores?: number;
  readonly batchSize?: number;
  /** Steps over which tensors and reads were counted. */
  readonly steps?: number;
  /** Live tensors at the start and at the end. */
  readonly tensors?: readonly [before: number, after: number];
  /** Tensors read back to the CPU. */
  readonly readBacks?: number;
  /** Bytes of inputs copied to the device. */
  readonly copiedBytes?: number;
  readonly precision?: Precision;
  /** Milliseconds per precision, from `measurePrecision`. */
  readonly measured?: Readonly<Record<Precision, number>>;
  /** Peak bytes of live tensors, and the memory of the machine. */
  readonly peakBytes?: number;
  readonly memoryBytes?: number;
  /** Profile of one step. */
  readonly profile?: Profile;
}

/** One common cause of slow training, measured. */
export interface PerformanceTip {
  readonly name: string;
  readonly verdict: Verdict;
  readonly evidence: string;
  readonly fix?: string;
}

/** What slows training, worst first. A tip without measurements is `skipped`. */
export function performanceTips(stats: PerformanceStats): PerformanceTip[] {
  const rank: Readonly<Record<Verdict, number>> = { problem: 0, warning: 1, ok: 2, skipped: 3 };
  return [waiting, retained, precisionTip, batchSize, copies, readBacks, profileTip]
    .map((tip) => tip(stats))
    .sort((a, b) => rank[a.verdict] - rank[b.verdict]);
}

type Tip = (stats: PerformanceStats) => PerformanceTip;

const waiting: Tip = ({ seconds, waitedSeconds, workers, cores }) => {
  const name = 'waiting';
  if (waitedSeconds === undefined) return missing(name, 'the time spent waiting for batches');
  const share = waitedSeconds / seconds;
  const evidence =
    `the loop waits for batches ${formatPercent(share)} of the time` +
    (workers === undefined ? '' : ` with ${formatCount(workers, 'worker')}`);
  if (share < 0.05) return { name, verdict: 'ok', evidence };
  const canGrow = workers === undefined || cores === undefined || workers < cores;
  const fix = canGrow
    ? 'use more workers, or cache decoded images'
    : 'cache images decoded at the training size, or use lighter augmentation';
  return { name, verdict: share > 0.2 ? 'problem' : 'warning', evidence, fix };
};

const retained: Tip = ({ tensors, steps }) => {
  const name = 'retained-tensors';
  if (tensors === undefined || steps === undefined) return missing(name, 'the number of tensors');
  const perStep = (tensors[1] - tensors[0]) / steps;
  const evidence = `live tensors went from ${tensors[0]} to ${tensors[1]} in ${steps} steps`;
  if (perStep < 0.01) return { name, verdict: 'ok', evidence };
  return {
    name,
    verdict: 'problem',
    evidence: `${evidence}: ${formatNumber(perStep)} leak per step`,
    fix: 'wrap the step in tf.tidy, and keep numbers instead of tensors; withoutLeaks finds the leak',
  };
};

const precisionTip: Tip = ({ precision, measured }) => {
  const name = 'precision';
  if (precision === undefined || measured === undefined) return missing(name, 'the time by precision');
  const ratio = measured.float32 / measured.bfloat16;
  const evidence = Number.isFinite(measured.bfloat16)
    ? `a convolution in bfloat16 takes ${formatPercent(1 / ratio)} of its time in float32; training uses ${precision}`
    : `this machine does not support bfloat16; training uses ${precision}`;
  if (precision === 'float32' && ratio > 1.25) {
    return { name, verdict: 'warning', evidence, fix: 'set the precision to bfloat16' };
  }
  if (precision === 'bfloat16' && ratio < 1) {
    return {
      name,
      verdict: 'warning',
      evidence,
      fix: 'set the precision to float32, which is faster on this machine',
    };
  }
  return { name, verdict: 'ok', evidence };
};

const batchSize: Tip = ({ batchSize: size, peakBytes, memoryBytes }) => {
  const name = 'batch-size';
  if (size === undefined) return missing(name, 'the batch size');
  if (peakBytes === undefined || memoryBytes === undefined) return missing(name, 'the memory of a step');
  const share = peakBytes / memoryBytes;
  const evidence = `a step on ${formatCount(size, 'image')} takes ${formatPercent(share)} of the memory`;
  if (share > 0.9) {
    return {
      name,
      verdict: 'warning',
      evidence,
      fix: 'halve the batch size and accumulate two batches: equal steps, less memory',
    };
  }
  if (size < 8 && share < 0.4) {
    return {
      name,
      verdict: 'warning',
      evidence,
      fix: 'use larger batches: small ones leave cores idle, and their batch norm statistics are poor',
    };
  }
  return { name, verdict: 'ok', evidence };
};

const copies: Tip = ({ copiedBytes, seconds, images }) => {
  const name = 'copies';
  if (copiedBytes === undefined) return missing(name, 'the bytes copied to the device');
  const rate = copiedBytes / seconds / 1e6;
  const evidence = `${formatNumber(copiedBytes / Math.max(images, 1) / 1e3)} kB per image are copied to the device, ${formatNumber(rate)} MB/s`;
  if (rate < 2000) return { name, verdict: 'ok', evidence };
  return { name, verdict: 'warning', evidence, fix: 'send bytes instead of floats, a quarter of the data' };
};

const readBacks: Tip = ({ readBacks: count, steps }) => {
  const name = 'read-backs';
  if (count === undefined || steps === undefined) return missing(name, 'reading values back from the device');
  const perStep = count / steps;
  const evidence = `${formatNumber(perStep)} tensors per step are read back to the CPU`;
  if (perStep <= 4) return { name, verdict: 'ok', evidence };
  return {
    name,
    verdict: 'warning',
    evidence,
    fix: 'read losses and metrics every few steps, several at once with tf.stack',
  };
};

/** Advice by the kernel that takes most of a step. */
const KERNELS: readonly [RegExp, string][] = [
  [
    /^(Conv2D|Conv2DBackprop|_?FusedConv)/,
    'convolutions: use bfloat16 if it is faster, smaller images or a smaller model',
  ],
  [
    /Depthwise/,
    'depthwise convolutions: they are limited by memory; a model with plain convolutions may be as fast',
  ],
  [
    /BatchNorm|Norm/,
    'norms: freeze batch norm, which then folds into the convolution, or use a larger batch',
  ],
  [/MatMul|Attention/, 'matrix products: use bfloat16 if it is faster'],
  [
    /Relu|Activation|Sigmoid|Elu|Gelu|Swish/,
    'activations: fuse them with the norm before, by its activation option',
  ],
  [/Pool/, 'pooling: use a stride in the convolution before it instead'],
  [
    /Cast|Transpose|Reshape|Concat|Split|Slice|Pad/,
    'data movement: look for needless casts, transposes and pads in the model',
  ],
];

const profileTip: Tip = ({ profile }) => {
  const name = 'profile';
  if (profile === undefined) return missing(name, 'the profile of a step');
  const kernels = summarize(profile);
  const inKernels = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const outside = Math.max(1 - inKernels / profile.milliseconds, 0);
  const slowest = kernels.slice(0, 3).map((kernel) => `${kernel.name} ${formatPercent(kernel.share)}`);
  const evidence = `a step takes ${formatNumber(profile.milliseconds)} ms: ${[...slowest, `outside kernels ${formatPercent(outside)}`].join(', ')}`;
  const [first] = kernels;
  if (outside > 0.3) {
    return {
      name,
      verdict: 'warning',
      evidence,
      fix: 'use fused layers and larger batches: JavaScript between ops takes the time',
    };
  }
  const advice = KERNELS.find(([pattern]) => pattern.test(first?.name ?? ''))?.[1];
  return {
    name,
    verdict: 'ok',
    evidence,
    ...(advice === undefined ? {} : { fix: `to go faster, start with ${advice}` }),
  };
};

function missing(name: string, what: string): PerformanceTip {
  return { name, verdict: 'skipped', evidence: `${what} was not measured` };
}
