import * as tf from '@tensorflow/tfjs-core';
import { type AnyModule, Module } from '../module.ts';

/** A module from tensor to tensor, as a chain consists of. */
// biome-ignore lint/suspicious/noExplicitAny: ranks differ between modules
type Link = Module<[x: any], any>;

/** Runs its children in order (`torch.nn.Sequential`). They are named `0`, `1`, ..., or by the given keys. */
export class Sequential extends Module<[x: tf.Tensor], tf.Tensor> {
  readonly names: string[];
  readonly items: Link[];

  constructor(children: Iterable<Link> | Readonly<Record<string, Link>>) {
    super();
    const entries = isIterable(children)
      ? Array.from(children, (child, i) => [String(i), child] as const)
      : Object.entries(children);
    this.names = entries.map(([name]) => name);
    this.items = entries.map(([, child]) => child);
  }

  get length(): number {
    return this.items.length;
  }

  forward(x: tf.Tensor): tf.Tensor {
    let y = x;
    for (const item of this.items) y = item.call(y) as tf.Tensor;
    return y;
  }

  override namedChildren(): [name: string, child: AnyModule][] {
    return this.items.map((item, i) => [this.names[i]!, item as unknown as AnyModule]);
  }

  protected override setChild(name: string, module: AnyModule): void {
    this.items[this.names.indexOf(name)] = module as unknown as Link;
  }
}

/** Modules named `0`, `1`, ... (`torch.nn.ModuleList`), for the owner to call. */
export class ModuleList<Item extends AnyModule = AnyModule> extends Module<never[], never> {
  readonly items: Item[];

  constructor(items: Iterable<Item>) {
    super();
    this.items = [...items];
  }

  get length(): number {
    return this.items.length;
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.items[Symbol.iterator]();
  }

  forward(): never {
    throw new TypeError('a ModuleList has no forward pass: call its items');
  }

  override namedChildren(): [name: string, child: AnyModule][] {
    return this.items.map((item, i) => [String(i), item]);
  }

  protected override setChild(name: string, module: AnyModule): void {
    this.items[Number(name)] = module as Item;
  }
}

/** Returns its input. Replace a layer by it to turn the layer off. */
export class Identity extends Module<[x: tf.Tensor], tf.Tensor> {
  forward(x: tf.Tensor): tf.Tensor {
    return x;
  }
}

/**
 * `[B,...] -> [B,n]`. The values of an image `[B,H,W,C]` come in PyTorch's order, channels first, so that PyTorch's weights
 * fit the linear layer after it.
 */
export class Flatten extends Module<[x: tf.Tensor], tf.Tensor2D> {
  forward(x: tf.Tensor): tf.Tensor2D {
    const [batch = 1] = x.shape;
    const isImage = x.rank === 4 && x.shape[1]! * x.shape[2]! > 1;
    const ordered = isImage ? tf.transpose(x, [0, 3, 1, 2]) : x;
    return tf.reshape(ordered, [batch, x.size / batch]);
  }
}

function isIterable(value: object): value is Iterable<Link> {
  return Symbol.iterator in value;
}
