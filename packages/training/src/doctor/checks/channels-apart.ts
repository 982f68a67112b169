import { Rng } from '@podium/core';
import { valueAndGradients } from '@podium/engine';
import { type AnyModule, MultiHeadAttention, type RemoveHook } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { forward } from '../../loop/train-step.ts';
import { leavingUntouched } from '../../loop/untouched.ts';
import { type CheckResult, type DoctorCheck, ok, skipped, warning } from '../check.ts';
import { firstBatch, inMode, short } from '../tools.ts';

const IMAGES = 2;
/** Maps smaller than this, and insides of fewer places, are all border. */
const LEAST_SIDE = 5;
const LEAST_PLACES = 16;
/** A map that follows its image, and one after it that does not. Padding alone makes the number fall slowly. */
const FOLLOWS = 0.8;
const LOST = 0.3;

/** How well a module's map follows when its image is moved: 1 is exactly. */
interface Following {
  readonly path: string;
  readonly correlation: number;
}

/**
 * A reshape where a transpose was meant tears an image's channels and places apart; the model still trains, badly. What is
 * made of convolutions moves with the image: noise, moved by a few pixels, must give the same maps, moved as much. Where
 * a map stops doing that from one layer to the next, places got lost. And behind the last map, where pooling takes a mean
 * over places, the gradient gives the mistake away: it has to be the same for all places of a channel; if instead it is
 * the same in runs of as many values as there are places, what was averaged was never one channel.
 *
 * It is a warning, since a network may know about places on purpose. Attention does, and is left out.
 */
export const channelsApart: DoctorCheck = {
  name: 'channels-apart',
  title: 'no reshape mixes channels with places',
  async run(subject) {
    const { model, seed } = subject;
    if (model.modules().some((module) => (module as unknown) instanceof MultiHeadAttention)) {
      return skipped('attention looks at places on purpose');
    }
    const batch = await firstBatch(subject, 1);
    const [, height, width, channels] = batch.shape;
    const shape = [IMAGES, height, width, channels] as const;
    const noise = Rng.fromSeed(seed)
      .split('doctor', 'channels-apart')
      .fillNormal(new Float32Array(IMAGES * height * width * channels));
    return await leavingUntouched(model, () =>
      inMode(model, false, () => {
        const still = mapsOf(model, tf.tensor4d(noise, [...shape]));
        try {
          return judge(model, noise, shape, still);
        } finally {
          tf.dispose([...still.values()]);
        }
      }),
    );
  },
};

type Shape = readonly [batch: number, height: number, width: number, channels: number];

function judge(
  model: AnyModule,
  noise: Float32Array,
  shape: Shape,
  still: ReadonlyMap<string, tf.Tensor4D>,
): CheckResult {
  const fix =
    'look for a reshape that should be a transpose: images are [B,H,W,C], and a reshape keeps the order of values in memory';
  const scrambled = pooledWrongly(model, noise, shape, still);
  if (scrambled !== undefined) {
    return warning(
      `the output averages runs of memory of ${scrambled}'s map, ${still.get(scrambled)?.shape.slice(1).join('x')}, and not its channels`,
      fix,
    );
  }
  // As many pixels as the coarsest map needs to move by a whole place.
  const strides = [...still.values()].map((map) => shape[1] / map.shape[1]);
  const step = Math.max(1, ...strides.filter(Number.isInteger));
  // Not as far down as to the side, so that the two swapped are found as well.
  const move = [step, 2 * step] as const;
  const moved = mapsOf(model, tf.tensor4d(rolled(noise, shape, move), [...shape]));
  try {
    const found = followings(still, moved, shape, move);
    let before: Following = { path: 'the image', correlation: 1 };
    for (const each of found) {
      if (each.correlation < LOST && before.correlation > FOLLOWS) {
        return warning(
          `when the image moves, the map of ${each.path} follows by ${short(each.correlation)} (1 is exactly), that of ${before.path} before it by ${short(before.correlation)}`,
          fix,
        );
      }
      before = each;
    }
    if (found.length === 0) return skipped('no layer gives maps with places to compare');
    const least = Math.min(...found.map(({ correlation }) => correlation));
    return ok(
      `${found.length} maps follow when the image moves, the least by ${short(least)} (1 is exactly)`,
    );
  } finally {
    tf.dispose([...moved.values()]);
  }
}

/** Maps `[B,h,w,C]` that modules give for an image, by path, in the order of calls. The caller owns them. */
function mapsOf(model: AnyModule, x: tf.Tensor4D): Map<string, tf.Tensor4D> {
  const maps = new Map<string, tf.Tensor4D>();
  const hooks: RemoveHook[] = [];
  for (const [path, module] of model.namedModules()) {
    hooks.push(
      module.registerForwardHook((_, __, output) => {
        if (!(output instanceof tf.Tensor) || output.rank !== 4 || output.shape[0] !== IMAGES)
          return undefined;
        if (Math.min(output.shape[1] as number, output.shape[2] as number) < LEAST_SIDE) return undefined;
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

/** Moves images down and to the right; what leaves comes in again on the other side. */
function rolled(
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

function followings(
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
    // Away from the border, whose padding does not move along.
    const [top, left] = [Math.floor(h / 6), Math.floor(w / 6)];
    const [rows, columns] = [h - 2 * top - down, w - 2 * left - right];
    if (second === undefined || ![down, right].every(Number.isInteger)) continue;
    if (Math.min(rows, columns) < 2 || rows * columns < LEAST_PLACES) continue;
    const correlation = tf.tidy(() => {
      const cut = (map: tf.Tensor4D, y: number, x: number) => {
        const inside = tf.slice(map, [0, y, x, 0], [IMAGES, rows, columns, map.shape[3]]);
        // What a channel says everywhere says nothing about places.
        return tf.sub(inside, tf.mean(inside, [0, 1, 2], true));
      };
      const [a, b] = [cut(first, top, left), cut(second, top + down, left + right)];
      const [together, own, other] = tf
        .stack([tf.sum(tf.mul(a, b)), tf.sum(tf.square(a)), tf.sum(tf.square(b))])
        .dataSync() as unknown as [number, number, number];
      return together / Math.sqrt(own * other);
    });
    // A map that is the same everywhere has nothing to follow with.
    if (Number.isFinite(correlation)) found.push({ path: path === '' ? 'the model' : path, correlation });
  }
  return found;
}

/** The path of the last map, where what comes after it averages runs of memory instead of channels. */
function pooledWrongly(
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
  const places = h * w;
  const values = gradient;
  const inRuns = alike(channels, places, (run, i) => values[run * places + i]!);
  const inChannels = alike(channels, places, (channel, i) => values[i * channels + channel]!);
  return inRuns && !inChannels ? path : undefined;
}

/** Whether all values of each set that are not zero (behind a ReLU) are the same, and not all of them zero. */
function alike(sets: number, size: number, value: (set: number, i: number) => number): boolean {
  let anything = false;
  for (let set = 0; set < sets; set++) {
    let first = 0;
    for (let i = 0; i < size; i++) {
      const each = value(set, i);
      if (each === 0) continue;
      anything = true;
      if (first === 0) first = each;
      if (Math.abs(each - first) > 1e-4 * Math.abs(first)) return false;
    }
  }
  return anything;
}
