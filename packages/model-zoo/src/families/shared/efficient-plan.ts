import type { Activation } from '@podium/engine';

/**
 * Blocks of mobile networks, by timm's short names:
 * - `ds`: depthwise and pointwise convolution;
 * - `ir`: inverted residual, an expanding pointwise convolution before those two (MBConv);
 * - `er`: edge residual, an expanding full convolution instead of the first two (Fused-MBConv);
 * - `cn`: one full convolution;
 * - `uir`: universal inverted residual, a pointwise expansion and projection with a depthwise convolution before, between, both
 *   or neither;
 * - `mqa`: attention.
 */
export type BlockKind = 'ds' | 'ir' | 'er' | 'cn' | 'uir' | 'mqa';

/** Attention whose heads share keys and values. */
interface MultiQueryPlan {
  readonly heads: number;
  /** Features per head. */
  readonly headFeatures: number;
  /** How much smaller the map of keys and values is. */
  readonly keyStride: 1 | 2;
}

/** A row of a paper's table: repeated blocks, of which only the first has the stride. */
export interface BlockRow {
  readonly kind: BlockKind;
  readonly repeats: number;
  /** Of `uir`: of the convolution between; 0 for none. */
  readonly kernel: number;
  /** Of `uir`: kernel of the convolution before. Default 0: none. */
  readonly startKernel?: number;
  readonly attention?: MultiQueryPlan;
  readonly stride: 1 | 2;
  /** Inner channels per input channel. */
  readonly expansion: number;
  /** Output channels before scaling. */
  readonly channels: number;
  /** Squeeze-and-excitation with a quarter of the channels. */
  readonly squeezeExcite?: boolean;
  /** Default: the network's. */
  readonly activation?: Activation;
  /** False: no shortcut even if the shapes allow one. */
  readonly shortcut?: boolean;
}

/** One block after scaling. */
export interface BlockPlan extends Omit<BlockRow, 'repeats' | 'channels'> {
  readonly inChannels: number;
  readonly outChannels: number;
}

/** Rows of each stage. */
export type StageRows = readonly (readonly BlockRow[])[];
/** Blocks of each stage. */
export type StagePlans = readonly (readonly BlockPlan[])[];

export interface Scaling {
  /** Factor for all channels. Default 1. */
  readonly width?: number;
  /** Factor for the number of blocks, for all stages or per stage. Default 1. */
  readonly depth?: number | readonly number[];
  /** Do not scale the depth of the first and last stage. */
  readonly fixedEnds?: boolean;
  /** See {@link roundChannels}. */
  readonly roundLimit?: number;
}

/** All blocks of a network, with their channels and strides. */
export function planStages(
  rows: StageRows,
  stem: number,
  { width = 1, depth = 1, fixedEnds = false, roundLimit }: Scaling = {},
): StagePlans {
  let inChannels = stem;
  return rows.map((stage, i) => {
    const isEnd = i === 0 || i === rows.length - 1;
    const factor = typeof depth === 'number' ? depth : depth[i]!;
    const repeats = scaleRepeats(
      stage.map((row) => row.repeats),
      fixedEnds && isEnd ? 1 : factor,
    );
    return stage.flatMap(({ repeats: _, channels, stride, ...row }, j) =>
      Array.from({ length: repeats[j]! }, (_, block) => {
        const outChannels = roundChannels(channels * width, roundLimit);
        const isFirst = j === 0 && block === 0;
        const plan: BlockPlan = { ...row, stride: isFirst ? stride : 1, inChannels, outChannels };
        inChannels = outChannels;
        return plan;
      }),
    );
  });
}

/** Distributes the scaled number of blocks of a stage over its rows, last row first, so that the first row grows least. */
function scaleRepeats(repeats: readonly number[], factor: number): number[] {
  let total = repeats.reduce((sum, count) => sum + count, 0);
  let scaledTotal = Math.ceil(total * factor);
  const scaled: number[] = [];
  for (const count of [...repeats].reverse()) {
    const share = Math.max(1, roundHalfEven((count / total) * scaledTotal));
    scaled.unshift(share);
    total -= count;
    scaledTotal -= share;
  }
  return scaled;
}

/**
 * The nearest multiple of `divisor`, but not 0, or the next one if that is less than `roundLimit * channels` (timm's
 * `make_divisible`).
 */
export function roundChannels(channels: number, roundLimit = 0.9, divisor = 8): number {
  const rounded = Math.max(divisor, Math.floor((channels + divisor / 2) / divisor) * divisor);
  return rounded < roundLimit * channels ? rounded + divisor : rounded;
}

/** Python's `round`. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Channels inside a block, after its expansion. */
export function innerChannels({ kind, inChannels, expansion }: BlockPlan): number {
  return kind === 'ds' ? inChannels : roundChannels(inChannels * expansion);
}

type Rest = Pick<BlockRow, 'squeezeExcite' | 'activation'>;

export function ds(
  repeats: number,
  kernel: number,
  stride: 1 | 2,
  channels: number,
  rest: Rest = {},
): BlockRow {
  return { kind: 'ds', repeats, kernel, stride, expansion: 1, channels, ...rest };
}

export function ir(
  repeats: number,
  kernel: number,
  stride: 1 | 2,
  expansion: number,
  channels: number,
  rest: Rest = {},
): BlockRow {
  return { kind: 'ir', repeats, kernel, stride, expansion, channels, ...rest };
}

export function er(
  repeats: number,
  kernel: number,
  stride: 1 | 2,
  expansion: number,
  channels: number,
): BlockRow {
  return { kind: 'er', repeats, kernel, stride, expansion, channels };
}

export function cn(
  repeats: number,
  kernel: number,
  stride: 1 | 2,
  channels: number,
  rest: Pick<BlockRow, 'shortcut'> = {},
): BlockRow {
  return { kind: 'cn', repeats, kernel, stride, expansion: 1, channels, ...rest };
}

/** @param kernels before and between the pointwise convolutions; 0 for none */
export function uir(
  repeats: number,
  [startKernel, kernel]: readonly [before: number, between: number],
  stride: 1 | 2,
  expansion: number,
  channels: number,
): BlockRow {
  return { kind: 'uir', repeats, startKernel, kernel, stride, expansion, channels };
}

export function mqa(heads: number, headFeatures: number, keyStride: 1 | 2, channels: number): BlockRow {
  const attention = { heads, headFeatures, keyStride };
  return { kind: 'mqa', repeats: 1, kernel: 3, stride: 1, expansion: 1, channels, attention };
}
