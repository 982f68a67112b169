import { scaleSamples } from '@podium/engine';
import { DropPath } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageModel } from '../image-model.ts';

interface RecordedDrops {
  /** The network's stochastic depth. */
  readonly dropPathRate: number;
  /** By path of a `DropPath`: index of the image whose branch was dropped. */
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * Reference files whose training pass used stochastic depth, torchvision's default, by their loss. The file does not record what
 * was dropped. It was found by dropping one branch after another in PyTorch: this one reproduces the loss (to 2e-6) and the
 * gradient norms (to 0.004 %), while without stochastic depth the loss is 2.767.
 */
const RECORDED: readonly (RecordedDrops & { readonly loss: number })[] = [
  { loss: 2.727670192718506, dropPathRate: 0.2, dropped: { 'blocks.5.3.drop_path': 0 } },
];

/** What was dropped in the training pass of the reference file with this loss; undefined if nothing was. */
export function recordedDrops(loss: number): RecordedDrops | undefined {
  return RECORDED.find((drops) => drops.loss === loss);
}

/** Makes a model drop exactly what was dropped in the reference. */
export function dropAsRecorded(model: ImageModel, { dropped }: RecordedDrops): void {
  for (const [path, module] of model.namedModules()) {
    if ((module as unknown) instanceof DropPath) {
      model.setSubmodule(path, new RecordedDropPath((module as unknown as DropPath).rate, dropped[path]));
    }
  }
}

class RecordedDropPath extends DropPath {
  readonly dropped: number | undefined;

  constructor(rate: number, dropped: number | undefined) {
    super(rate);
    this.dropped = dropped;
  }

  override forward(x: tf.Tensor): tf.Tensor {
    if (!this.training) return x;
    const [batch = 0] = x.shape;
    const kept = Array.from({ length: batch }, (_, i) => (i === this.dropped ? 0 : 1 / (1 - this.rate)));
    return scaleSamples(x, tf.tensor1d(kept));
  }
}
