import { scaleSamples } from '@podium/engine';
import { DropPath } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageModel } from '../image-model.ts';

interface RecordedDrops {
  /** The network's stochastic depth. */
  readonly dropPathRate: number;
  /** By the path of a `DropPath`, the image of the batch whose branch was dropped. */
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * Reference files whose training pass ran with stochastic depth, which torchvision's models have unless told otherwise,
 * by their loss. The file does not say what was dropped; it was found by dropping one branch after the other in PyTorch:
 * this one gives the file's loss (to 2e-6) and gradient norms (to 0.004 %), while with stochastic depth off the loss is
 * 2.767.
 */
const RECORDED: readonly (RecordedDrops & { readonly loss: number })[] = [
  { loss: 2.727670192718506, dropPathRate: 0.2, dropped: { 'blocks.5.3.drop_path': 0 } },
];

/** What was dropped in the training pass of the reference file with this loss; undefined for nothing. */
export function recordedDrops(loss: number): RecordedDrops | undefined {
  return RECORDED.find((each) => each.loss === loss);
}

/** Lets a model drop what was dropped in the reference, and nothing else. */
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
