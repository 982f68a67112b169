import type { Rng } from '@podium/core';
import { beta } from '../random/gamma.ts';
import { choice, type Field, integer, number, probability } from '../settings/fields.ts';
import { parseSettings } from '../settings/parse.ts';
import { checkBatch, type ImageBatch } from './batch.ts';

/** Settings of `createBatchMixer`, all spelled out. */
export interface MixSettings {
  /** Alpha of MixUp's Beta distribution; 0 for no MixUp. */
  readonly mixup: number;
  /** Alpha of CutMix's Beta distribution; 0 for no CutMix. */
  readonly cutmix: number;
  /** How often a batch, pair or element is mixed at all. */
  readonly prob: number;
  /** How often it is CutMix where both are on. */
  readonly switchProb: number;
  /** Whether a draw is for the whole batch, for a pair of images, or for each image. */
  readonly mode: 'batch' | 'pair' | 'elem';
  /** Part of the target that is shared by all classes. */
  readonly labelSmoothing: number;
  /** Epoch, from 0, from which nothing is mixed any more; 0 for never. Labels are still smoothed. */
  readonly offEpoch: number;
}

const FIELDS: { readonly [Key in keyof MixSettings]: Field<MixSettings[Key]> } = {
  mixup: number(0.8, { min: 0, max: 100 }),
  cutmix: number(1, { min: 0, max: 100 }),
  prob: probability(1),
  switchProb: probability(0.5),
  mode: choice(['batch', 'pair', 'elem'], 'batch'),
  labelSmoothing: number(0, { min: 0, max: 1 }),
  offEpoch: integer(0, { min: 0 }),
};

export interface BatchMixer {
  readonly spec: MixSettings;
  /** The mixed batch in new arrays; the old is not written to. */
  readonly apply: <P extends Uint8Array | Float32Array>(
    batch: ImageBatch<P>,
    rng: Rng,
    epoch: number,
  ) => ImageBatch<P>;
}

/** How one image is mixed with its partner: `share` of it stays, and with a box, the partner shows inside the box. */
interface Mix {
  readonly share: number;
  readonly box?: readonly [top: number, bottom: number, left: number, right: number];
}

/**
 * MixUp (Zhang 2018) and CutMix (Yun 2019) with soft targets, as timm's `Mixup`: image i is mixed with image
 * B - 1 - i; with both on, each draw switches between them; CutMix's share is that of the area really cut.
 * @throws PodiumError `augment-setting`.
 */
export function createBatchMixer(settings: unknown = {}, at = 'mix'): BatchMixer {
  const spec = parseSettings(FIELDS, settings, at);
  return {
    spec,
    apply: (batch, rng, epoch) => {
      checkBatch(batch);
      const off = (spec.offEpoch > 0 && epoch >= spec.offEpoch) || (spec.mixup === 0 && spec.cutmix === 0);
      const size = batch.shape[0];
      const mixes = off ? new Array<Mix>(size).fill({ share: 1 }) : drawMixes(batch.shape, spec, rng);
      const pixels = mixPixels(batch, mixes);
      const targets = mixTargets(batch.targets, mixes, spec.labelSmoothing);
      return { pixels, shape: batch.shape, targets };
    },
  };
}

function drawMixes(shape: ImageBatch['shape'], spec: MixSettings, rng: Rng): Mix[] {
  const size = shape[0];
  if (spec.mode === 'batch') return new Array<Mix>(size).fill(drawMix(shape, spec, rng));
  if (spec.mode === 'elem') return Array.from({ length: size }, () => drawMix(shape, spec, rng));
  const half = Array.from({ length: Math.ceil(size / 2) }, () => drawMix(shape, spec, rng));
  return Array.from({ length: size }, (_, i) => half[Math.min(i, size - 1 - i)]!);
}

function drawMix([, height, width]: ImageBatch['shape'], spec: MixSettings, rng: Rng): Mix {
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

function mixPixels<P extends Uint8Array | Float32Array>(batch: ImageBatch<P>, mixes: readonly Mix[]): P {
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
