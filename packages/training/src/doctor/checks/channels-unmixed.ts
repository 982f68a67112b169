import { Rng } from '@podium/core';
import { valueAndGradients } from '@podium/engine';
import { type AnyModule, MultiHeadAttention, type RemoveHook } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { forward } from '../../loop/supervised-step.ts';
import { type CheckResult, type DoctorCheck, ok, skipped, warning } from '../check.ts';
import { formatNumber } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';
import { inMode } from '../subject-model.ts';

const IMAGES = 2;
/** Smaller maps, and maps with fewer positions inside, are all border. */
const MIN_SIDE = 5;
const MIN_POSITIONS = 16;
/** Correlation of a map that follows the image, and of one that no longer does. Padding lowers it only slowly. */
const FOLLOWS = 0.8;
const LOST = 0.3;

/** How well a layer's output moves along with the image; 1 is perfectly. */
interface Following {
  readonly path: string;
  readonly correlation: number;
}

/**
 * A reshape instead of a transpose mixes channels with positions; the model still trains, but badly.
 *
 * Convolutions move with the image: if noise is shifted by a few pixels, their outputs shift as much. If the output of a
 * layer no longer does, although that of the layer before does, positions were mixed up between them. After the last map,
 * where pooling averages over positions, the gradient shows the mistake: it must be the same at all positions of a
 * channel. If it is the same in runs of as many values as there are positions, no channel was averaged.
 *
 * This is only a warning, since a network may depend on positions on purpose. Attention does, so it is skipped.
 */
export const channelsUnmixed: DoctorCheck = {
  name: 'channels-unmixed',
  title: 'no reshape mixes channels with positions',
  async run(subject) {
    const { model, seed } = subject;
    if (model.modules().some((module) => (module as unknown) instanceof MultiHeadAttention)) {
      return skipped('attention uses positions on purpose');
    }
    const batch = await firstBatch(subject, 1);
    const [, height, width, channels] = batch.shape;
    const shape = [IMAGES, height, width, channels] as const;
    const noise = Rng.fromSeed(seed)
      .split('doctor', 'channels-apart')
      .fillNormal(new Float32Array(IMAGES * height * width * channels));
    return await leavingUntouched(model, () =>
      inMode(model, 'evaluation', () => {
        const still = mapsOf(model, tf.tensor4d(noise, [...shape]));
        try {
          return examineMaps(model, noise, shape, still);
        } finally {
          tf.dispose([...still.values()]);
        }
      }),
    );
  },
};

type Shape = readonly [batch: number, height: number, width: number, channels: number];

function examineMaps(
  model: AnyModule,
  noise: Float32Array,
  shape: Shape,
  still: ReadonlyMap<string, tf.Tensor4D>,
): CheckResult {
  const fix =
    'look for a reshape that should be a transpose: images are [B,H,W,C], and a reshape keeps the order in memory';
  const wrongPath = pathOfWrongPooling(model, noise, shape, still);
  if (wrongPath !== undefined) {
    return warning(
      `the model's pooling averages consecutive values of the output of ${wrongPath} (${still.get(wrongPath)?.shape.slice(1).join('x')}), not its channels`,
      fix,
    );
  }
  // As many pixels as move the coarsest map by one position.
  const strides = [...still.values()].map((map) => shape[1] / map.shape[1]);
  const step = Math.max(1, ...strides.filter(Number.isInteger));
  // Different distances down and right, so that swapped axes are found, too.
  const move = [step, 2 * step] as const;
  const moved = mapsOf(model, tf.tensor4d(shifted(noise, shape, move), [...shape]));
  try {
    const found = followingsOf(still, moved, shape, move);
    let before: Following = { path: 'the image', correlation: 1 };
    for (const following of found) {
      if (following.correlation < LOST && before.correlation > FOLLOWS) {
        return warning(
          `when the image moves, the output of ${following.path} follows with a correlation of ${formatNumber(following.correlation)}, that of ${before.path} before it with ${formatNumber(before.correlation)}`,
          fix,
        );
      }
      before = following;
    }
    if (found.length === 0) return skipped('no layer has an output with positions to compare');
    const lowest = Math.min(...found.map(({ correlation }) => correlation));
    return ok(
      `when the image moves, the outputs of ${found.length} layers follow with a correlation of at least ${formatNumber(lowest)}`,
    );
  } finally {
    tf.dispose([...moved.values()]);
  }
}

/** Outputs `[B,h,w,C]` of all layers by path, in the order of calls. The caller disposes of them. */
function mapsOf(model: AnyModule, x: tf.Tensor4D): Map<string, tf.Tensor4D> {
  const maps = new Map<string, tf.Tensor4D>();
  const hooks: RemoveHook[] = [];
  for (const [path, module] of model.namedModules()) {
    hooks.push(
      module.registerForwardHook((_, __, output) => {
        if (!(output instanceof tf.Tensor) || output.rank !== 4 || output.shape[0] !== IMAGES)
          return undefined;
        if (Math.min(output.shape[1]!, output.shape[2]!) < MIN_SIDE) return undefined;
        maps.get(path)?.dispose();
        maps.delete(path);
        maps.set(path, tf.keep(tf.cast(output, 'float32')) as tf.Tensor4D);
        return undefined;
      }),
    );
  }
  try {
    tf.tidy(() => void forward(model, x));
  } finally {
    for (const remove of hooks) remove();
    x.dispose();
  }
  return maps;
}

/** Shifts images down and right; what leaves enters again on the other side. */
function shifted(
  values: Float32Array,
  [batch, height, width, channels]: Shape,
  [down, right]: readonly [number, number],
) {
  const result = new Float32Array(values.length);
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = ((b * height + y) * width + x) * channels;
        const to = ((b * height + ((y + down) % height)) * width + ((x + right) % width)) * channels;
        result.set(values.subarray(from, from + channels), to);
      }
    }
  }
  return result;
}

function followingsOf(
  still: ReadonlyMap<string, tf.Tensor4D>,
  moved: ReadonlyMap<string, tf.Tensor4D>,
  [, height, width]: Shape,
  move: readonly [down: number, right: number],
): Following[] {
  const found: Following[] = [];
  for (const [path, first] of still) {
    const second = moved.get(path);
    const [, h, w] = first.shape;
    const [down, right] = [(move[0] * h) / height, (move[1] * w) / width];
    // Without the border, since its padding does not move along.
    const [top, left] = [Math.floor(h / 6), Math.floor(w / 6)];
    const [rows, columns] = [h - 2 * top - down, w - 2 * left - right];
    if (second === undefined || ![down, right].every(Number.isInteger)) continue;
    if (Math.min(rows, columns) < 2 || rows * columns < MIN_POSITIONS) continue;
    const correlation = tf.tidy(() => {
      const cut = (map: tf.Tensor4D, y: number, x: number) => {
        const inside = tf.slice(map, [0, y, x, 0], [IMAGES, rows, columns, map.shape[3]]);
        // A constant part of a channel carries no positions.
        return tf.sub(inside, tf.mean(inside, [0, 1, 2], true));
      };
      const [a, b] = [cut(first, top, left), cut(second, top + down, left + right)];
      const [product, squareA, squareB] = tf
        .stack([tf.sum(tf.mul(a, b)), tf.sum(tf.square(a)), tf.sum(tf.square(b))])
        .dataSync() as unknown as [number, number, number];
      return product / Math.sqrt(squareA * squareB);
    });
    // A constant map has no correlation.
    if (Number.isFinite(correlation)) found.push({ path: path === '' ? 'the model' : path, correlation });
  }
  return found;
}

/** The path of the last map, if the pooling after it averages consecutive values instead of channels. */
function pathOfWrongPooling(
  model: AnyModule,
  noise: Float32Array,
  shape: Shape,
  still: ReadonlyMap<string, tf.Tensor4D>,
): string | undefined {
  const path = [...still.keys()].at(-1);
  if (path === undefined) return undefined;
  const [, h = 1, w = 1, channels = 1] = still.get(path)?.shape ?? [];
  let gradient: Float32Array | undefined;
  const remove = model.getSubmodule(path).registerBackwardHook((_, dy) => {
    if (dy.size === IMAGES * h * w * channels)
      gradient = dy.dataSync().slice(0, h * w * channels) as Float32Array;
    return undefined;
  });
  try {
    tf.tidy(() => {
      const x = tf.tensor4d(noise, [...shape]);
      valueAndGradients(() => tf.sum(tf.slice(forward(model, x), [0, 0], [1, 1])), [x]);
    });
  } finally {
    remove();
  }
  if (gradient === undefined || channels < 2) return undefined;
  const positions = h * w;
  const values = gradient;
  const inRuns = isUniform(channels, positions, (run, i) => values[run * positions + i]!);
  const inChannels = isUniform(channels, positions, (channel, i) => values[i * channels + channel]!);
  return inRuns && !inChannels ? path : undefined;
}

/** Whether the nonzero values of each set are equal (a ReLU makes some zero), and some are nonzero. */
function isUniform(sets: number, size: number, value: (set: number, i: number) => number): boolean {
  let hasValues = false;
  for (let set = 0; set < sets; set++) {
    let first = 0;
    for (let i = 0; i < size; i++) {
      const current = value(set, i);
      if (current === 0) continue;
      hasValues = true;
      if (first === 0) first = current;
      if (Math.abs(current - first) > 1e-4 * Math.abs(first)) return false;
    }
  }
  return hasValues;
}
