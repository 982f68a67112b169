import { type Precision, type Profile, summarize } from '@podium/engine';
import type { Verdict } from './check.ts';
import { short } from './tools.ts';

/** What was measured while a job ran; leave out what was not. */
export interface PerformanceStats {
  readonly seconds: number;
  readonly images: number;
  /** Of these seconds, those in which the loop waited for a batch. */
  readonly waitedSeconds?: number;
  readonly workers?: number;
  readonly cores?: number;
  readonly batchSize?: number;
  /** Largest batch that fits, from `findBatchSize`. */
  readonly largestBatch?: number;
  /** Steps over which the next two were counted. */
  readonly steps?: number;
  /** Tensors alive at the start and at the end. */
  readonly tensors?: readonly [before: number, after: number];
  /** Tensors whose values were read back to the CPU. */
  readonly readBacks?: number;
  /** Bytes of inputs copied to the device, and whether they were sent as bytes or as floats. */
  readonly copiedBytes?: number;
  readonly precision?: Precision;
  /** Milliseconds by precision, from `measurePrecision`. */
  readonly measured?: Readonly<Record<Precision, number>>;
  /** Most bytes of tensors alive at once, and the memory that there is. */
  readonly peakBytes?: number;
  readonly memoryBytes?: number;
  /** Of one step. */
  readonly profile?: Profile;
}

/** One of the usual reasons for slow training, measured. */
export interface PerformanceTip {
  readonly name:
    | 'waiting'
    | 'copies'
    | 'read-backs'
    | 'retained-tensors'
    | 'precision'
    | 'batch-size'
    | 'profile';
  readonly verdict: Verdict;
  readonly evidence: string;
  readonly fix?: string;
}

/** Judges a running job by its measurements, what costs most first; a tip whose figures are missing is `skipped`. */
export function performanceTips(stats: PerformanceStats): PerformanceTip[] {
  const rank: Readonly<Record<Verdict, number>> = { problem: 0, warning: 1, ok: 2, skipped: 3 };
  return [waiting, retained, precisionTip, batchSize, copies, readBacks, profileTip]
    .map((tip) => tip(stats))
    .sort((a, b) => rank[a.verdict] - rank[b.verdict]);
}

type Tip = (stats: PerformanceStats) => PerformanceTip;

const waiting: Tip = ({ seconds, waitedSeconds, workers, cores }) => {
  const name = 'waiting';
  if (waitedSeconds === undefined) return missing(name, 'time spent waiting for batches');
  const share = waitedSeconds / seconds;
  const evidence =
    `${percent(share)} of the time the loop waited for batches` +
    (workers === undefined ? '' : `, with ${workers} workers`);
  if (share < 0.05) return { name, verdict: 'ok', evidence };
  const canGrow = workers === undefined || cores === undefined || workers < cores;
  const fix = canGrow
    ? 'use more workers, or a cache of decoded images'
    : 'use a cache of images decoded at the working size, or lighter augmentation';
  return { name, verdict: share > 0.2 ? 'problem' : 'warning', evidence, fix };
};

const retained: Tip = ({ tensors, steps }) => {
  const name = 'retained-tensors';
  if (tensors === undefined || steps === undefined) return missing(name, 'the number of tensors');
  const perStep = (tensors[1] - tensors[0]) / steps;
  const evidence = `tensors alive went from ${tensors[0]} to ${tensors[1]} in ${steps} steps`;
  if (perStep < 0.01) return { name, verdict: 'ok', evidence };
  return {
    name,
    verdict: 'problem',
    evidence: `${evidence}: ${short(perStep)} are left by each`,
    fix: 'wrap the step in tf.tidy, keep numbers instead of tensors; withoutLeaks finds the step that leaves them',
  };
};

const precisionTip: Tip = ({ precision, measured }) => {
  const name = 'precision';
  if (precision === undefined || measured === undefined) return missing(name, 'the time by precision');
  const ratio = measured.float32 / measured.bfloat16;
  const evidence = Number.isFinite(measured.bfloat16)
    ? `a convolution in bfloat16 takes ${percent(1 / ratio)} of its time in float32; this job computes in ${precision}`
    : `this machine cannot compute in bfloat16; this job computes in ${precision}`;
  if (precision === 'float32' && ratio > 1.25) {
    return { name, verdict: 'warning', evidence, fix: 'set the precision to bfloat16, or auto' };
  }
  if (precision === 'bfloat16' && ratio < 1) {
    return { name, verdict: 'warning', evidence, fix: 'set the precision to float32: it is faster here' };
  }
  return { name, verdict: 'ok', evidence };
};

const batchSize: Tip = ({ batchSize: size, largestBatch, peakBytes, memoryBytes }) => {
  const name = 'batch-size';
  if (size === undefined) return missing(name, 'the batch size');
  const share = peakBytes === undefined || memoryBytes === undefined ? undefined : peakBytes / memoryBytes;
  const evidence =
    `batches of ${size}` +
    (share === undefined ? '' : ` take ${percent(share)} of the memory`) +
    (largestBatch === undefined ? '' : `; ${largestBatch} would fit`);
  if (share !== undefined && share > 0.9) {
    return {
      name,
      verdict: 'warning',
      evidence,
      fix: 'halve the batch and accumulate two: the same steps, less memory',
    };
  }
  if (size < 8 && (largestBatch ?? 0) >= 2 * size) {
    return {
      name,
      verdict: 'warning',
      evidence,
      fix: 'use larger batches: small ones leave cores idle, and batch norm guessing',
    };
  }
  return share === undefined && largestBatch === undefined
    ? missing(name, 'the memory that batches take')
    : { name, verdict: 'ok', evidence };
};

const copies: Tip = ({ copiedBytes, seconds, images }) => {
  const name = 'copies';
  if (copiedBytes === undefined) return missing(name, 'bytes copied to the device');
  const rate = copiedBytes / seconds / 1e6;
  const evidence = `${short(copiedBytes / Math.max(images, 1) / 1e3)} kB an image go to the device, ${short(rate)} MB/s`;
  if (rate < 2000) return { name, verdict: 'ok', evidence };
  return { name, verdict: 'warning', evidence, fix: 'send bytes instead of floats: a quarter as much' };
};

const readBacks: Tip = ({ readBacks: count, steps }) => {
  const name = 'read-backs';
  if (count === undefined || steps === undefined) return missing(name, 'values read back from the device');
  const perStep = count / steps;
  const evidence = `${short(perStep)} tensors a step are read back to the CPU`;
  if (perStep <= 4) return { name, verdict: 'ok', evidence };
  return {
    name,
    verdict: 'warning',
    evidence,
    fix: 'read losses and metrics every few steps, and several at once by tf.stack',
  };
};

/** What to do about a kernel that takes most of a step. */
const KERNELS: readonly [RegExp, string][] = [
  [
    /^(Conv2D|Conv2DBackprop|_?FusedConv)/,
    'convolutions: bfloat16 where it is faster, smaller images, or a smaller model',
  ],
  [/Depthwise/, 'depthwise convolutions: bound by memory; a model with plain convolutions may be as fast'],
  [/BatchNorm|Norm/, 'norms: freeze batch norm, which then folds away, or a larger batch'],
  [/MatMul|Attention/, 'matrix products: bfloat16 where it is faster'],
  [
    /Relu|Activation|Sigmoid|Elu|Gelu|Swish/,
    'activations: let them be part of the norm before (its activation option)',
  ],
  [/Pool/, 'pooling: a stride in the convolution before it instead'],
  [
    /Cast|Transpose|Reshape|Concat|Split|Slice|Pad/,
    'moving data: look for needless casts, transposes and pads in the model',
  ],
];

const profileTip: Tip = ({ profile }) => {
  const name = 'profile';
  if (profile === undefined) return missing(name, 'the profile of a step');
  const kernels = summarize(profile);
  const inKernels = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const outside = Math.max(1 - inKernels / profile.milliseconds, 0);
  const most = kernels.slice(0, 3).map((kernel) => `${kernel.name} ${percent(kernel.share)}`);
  const evidence = `of ${short(profile.milliseconds)} ms: ${[...most, `outside kernels ${percent(outside)}`].join(', ')}`;
  const [first] = kernels;
  if (outside > 0.3) {
    return {
      name,
      verdict: 'warning',
      evidence,
      fix: 'fewer, larger ops: JavaScript between them takes the time; use fused layers and larger batches',
    };
  }
  const advice = KERNELS.find(([pattern]) => pattern.test(first?.name ?? ''))?.[1];
  return {
    name,
    verdict: 'ok',
    evidence,
    ...(advice === undefined ? {} : { fix: `to gain more, start with ${advice}` }),
  };
};

function missing(name: PerformanceTip['name'], what: string): PerformanceTip {
  return { name, verdict: 'skipped', evidence: `${what} was not measured` };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
}
