import type { BatchMixer, MixableBatch, Rng } from '@podium/core';
import { z } from 'zod';
import { beta } from '../random/gamma.ts';
import { integer, number, probability } from '../settings/ranges.ts';
import { lazySchema, readSettings } from '../settings/read-settings.ts';
import { assertMixable } from './batch.ts';

/** Settings of `createBatchMixer`, with defaults. */
export interface MixSettings {
  /** Alpha of MixUp's Beta distribution; 0 for no MixUp. */
  readonly mixup: number;
  /** Alpha of CutMix's Beta distribution; 0 for no CutMix. */
  readonly cutmix: number;
  /** Probability that a batch, pair or image is mixed. */
  readonly prob: number;
  /** Probability of CutMix rather than MixUp, if both are on. */
  readonly switchProb: number;
  /** Whether to draw once per batch, per pair of images, or per image. */
  readonly mode: 'batch' | 'pair' | 'elem';
  /** Share of the target that is spread over all classes. */
  readonly labelSmoothing: number;
  /** Epoch, counted from 0, from which mixing is off; 0 for never. Labels are still smoothed. */
  readonly offEpoch: number;
}

const schema = lazySchema(() => ({
  mixup: number(0.8, { min: 0, max: 100 }),
  cutmix: number(1, { min: 0, max: 100 }),
  prob: probability(1),
  switchProb: probability(0.5),
  mode: z.enum(['batch', 'pair', 'elem']).default('batch'),
  labelSmoothing: number(0, { min: 0, max: 1 }),
  offEpoch: integer(0, { min: 0 }),
}));

/** A mixer with its settings. */
export interface SpecifiedMixer extends BatchMixer {
  readonly spec: MixSettings;
  /** The mixed batch, in new arrays of the same type. */
  apply<P extends Uint8Array | Float32Array>(
    batch: MixableBatch<P>,
    rng: Rng,
    epoch: number,
  ): MixableBatch<P>;
}

/** How an image is mixed with its partner: `share` of it stays; with a box, the partner shows inside the box. */
interface Mix {
  readonly share: number;
  readonly box?: readonly [top: number, bottom: number, left: number, right: number];
}

/**
 * MixUp (Zhang 2018) and CutMix (Yun 2019) with soft targets, like timm's `Mixup`: image i is mixed with image B - 1 - i;
 * with both on, each draw chooses one of them; CutMix's share is the fraction of the area actually cut.
 * @throws PodiumError `augment-setting`
 *
 * @example
 * const mixer = createBatchMixer({ mixup: 0.2, cutmix: 1, switchProb: 0.5 });
 * const mixed = mixer.apply(batch, rng, epoch);
 */
export function createBatchMixer(settings: unknown = {}, at = 'mix'): SpecifiedMixer {
  const spec: MixSettings = readSettings(schema(), settings, at);
  return {
    spec,
    apply: (batch, rng, epoch) => {
      assertMixable(batch);
      const off = (spec.offEpoch > 0 && epoch >= spec.offEpoch) || (spec.mixup === 0 && spec.cutmix === 0);
      const size = batch.shape[0];
      const mixes = off ? new Array<Mix>(size).fill({ share: 1 }) : drawMixes(batch.shape, spec, rng);
      const pixels = mixPixels(batch, mixes);
      const targets = mixTargets(batch.targets, mixes, spec.labelSmoothing);
      return { pixels, shape: batch.shape, targets };
    },
  };
}

function drawMixes(shape: MixableBatch['shape'], spec: MixSettings, rng: Rng): Mix[] {
  const size = shape[0];
  if (spec.mode === 'batch') return new Array<Mix>(size).fill(drawMix(shape, spec, rng));
  if (spec.mode === 'elem') return Array.from({ length: size }, () => drawMix(shape, spec, rng));
  const half = Array.from({ length: Math.ceil(size / 2) }, () => drawMix(shape, spec, rng));
  return Array.from({ length: size }, (_, i) => half[Math.min(i, size - 1 - i)]!);
}

function drawMix([, height, width]: MixableBatch['shape'], spec: MixSettings, rng: Rng): Mix {
  if (!rng.bool(spec.prob)) return { share: 1 };
  const cut = spec.cutmix > 0 && (spec.mixup === 0 || rng.bool(spec.switchProb));
  const share = beta(rng, cut ? spec.cutmix : spec.mixup);
  if (!cut) return { share };
  const side = Math.sqrt(1 - share);
  const boxHeight = Math.trunc(height * side);
  const boxWidth = Math.trunc(width * side);
  const y = rng.int(height);
  const x = rng.int(width);
  const top = Math.max(0, y - (boxHeight >> 1));
  const bottom = Math.min(height, y + ((boxHeight + 1) >> 1));
  const left = Math.max(0, x - (boxWidth >> 1));
  const right = Math.min(width, x + ((boxWidth + 1) >> 1));
  return {
    share: 1 - ((bottom - top) * (right - left)) / (height * width),
    box: [top, bottom, left, right],
  };
}

function mixPixels<P extends Uint8Array | Float32Array>(batch: MixableBatch<P>, mixes: readonly Mix[]): P {
  const { pixels, shape } = batch;
  const [size, height, width, channels] = shape;
  const out = pixels.slice() as P;
  const length = height * width * channels;
  for (let i = 0; i < size; i++) {
    const partner = (size - 1 - i) * length;
    const { share, box } = mixes[i]!;
    if (share === 1) continue;
    if (box === undefined) {
      blend(out, pixels, i * length, partner, length, share);
      continue;
    }
    const [top, bottom, left, right] = box;
    for (let y = top; y < bottom; y++) {
      const row = (y * width + left) * channels;
      const part = pixels.subarray(partner + row, partner + row + (right - left) * channels);
      out.set(part, i * length + row);
    }
  }
  return out;
}

function blend(
  out: Uint8Array | Float32Array,
  pixels: Uint8Array | Float32Array,
  start: number,
  partner: number,
  length: number,
  share: number,
): void {
  if (pixels instanceof Uint8Array) {
    const kept = Math.round(share * 65536);
    for (let i = 0; i < length; i++) {
      const a = pixels[start + i]!;
      const b = pixels[partner + i]!;
      out[start + i] = (Math.imul(a, kept) + Math.imul(b, 65536 - kept) + 0x8000) >>> 16;
    }
    return;
  }
  for (let i = 0; i < length; i++) {
    out[start + i] = pixels[start + i]! * share + pixels[partner + i]! * (1 - share);
  }
}

function mixTargets(targets: Float32Array, mixes: readonly Mix[], smoothing: number): Float32Array {
  const size = mixes.length;
  const classes = targets.length / size;
  const out = new Float32Array(targets.length);
  for (let i = 0; i < size; i++) {
    const { share } = mixes[i]!;
    const partner = (size - 1 - i) * classes;
    for (let k = 0; k < classes; k++) {
      const mixed = targets[i * classes + k]! * share + targets[partner + k]! * (1 - share);
      out[i * classes + k] = mixed * (1 - smoothing) + smoothing / classes;
    }
  }
  return out;
}
