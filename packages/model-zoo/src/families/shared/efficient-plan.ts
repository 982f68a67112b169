import type { Activation } from '@podium/engine';

/**
 * The blocks of mobile networks, by timm's short names:
 * - `ds`: depthwise and pointwise convolution;
 * - `ir`: inverted residual, a pointwise convolution that widens before those two (MBConv);
 * - `er`: edge residual, one full convolution that widens in place of the first two (Fused-MBConv);
 * - `cn`: one full convolution.
 */
export type BlockKind = 'ds' | 'ir' | 'er' | 'cn';

/** A row of a paper's table: some blocks alike, of which the first may have a stride. */
export interface BlockRow {
  readonly kind: BlockKind;
  readonly repeats: number;
  readonly kernel: number;
  readonly stride: 1 | 2;
  /** How many times wider than its input the inside of a block is. */
  readonly expansion: number;
  /** Channels that come out, before scaling. */
  readonly channels: number;
  /** Squeeze-and-excitation to a quarter of the width. */
  readonly squeezeExcite?: boolean;
  /** Where it is not the network's. */
  readonly activation?: Activation;
  /** False: no shortcut even where the shapes would allow it. */
  readonly shortcut?: boolean;
}

/** One block, with all that scaling decides. */
export interface BlockPlan extends Omit<BlockRow, 'repeats' | 'channels'> {
  readonly inChannels: number;
  readonly outChannels: number;
}

/** Rows by stage. */
export type StageRows = readonly (readonly BlockRow[])[];
/** Blocks by stage. */
export type StagePlans = readonly (readonly BlockPlan[])[];

export interface Scaling {
  /** Factor of all channels. Default 1. */
  readonly width?: number;
  /** Factor of the number of blocks, of all stages or of each. Default 1. */
  readonly depth?: number | readonly number[];
  /** Leave the depth of the first and the last stage as it is. */
  readonly fixedEnds?: boolean;
  /** See {@link roundChannels}. */
  readonly roundLimit?: number;
}

/** Every block of a network, its channels and strides worked out. */
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

/** Shares a stage's scaled number of blocks out over its rows, from the last row on, so that the first grows least. */
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

/** The nearest multiple of 8, at least 8; the next one up where that would be less than `roundLimit` of `channels`. */
export function roundChannels(channels: number, roundLimit = 0.9): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < roundLimit * channels ? rounded + 8 : rounded;
}

/** Python's `round`. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Channels inside of a block, between widening and narrowing. */
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
