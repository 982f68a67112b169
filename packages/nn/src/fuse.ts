import {
  type Activation as ActivationKind,
  fusedConv2d,
  metaTensor,
  onMeta,
  watchReads,
} from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { Activation } from './layers/activation.ts';
import { BatchNorm2d } from './layers/batch-norm2d.ts';
import { Identity } from './layers/containers.ts';
import { Conv2d } from './layers/conv2d.ts';
import { type AnyModule, listenToCalls, Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { foldNorm, reparameterizeAll } from './reparameterize.ts';

/**
 * A convolution with the batch norm, shortcut and activation after it, in one pass over memory:
 * `activation(conv(x) + bias + residual)`. For inference; created by {@link fuse}.
 */
export class FusedConv2d extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  readonly conv: Conv2d;
  readonly activation: ActivationKind;
  bias: Parameter;

  constructor(conv: Conv2d, bias: Float32Array, activation: ActivationKind) {
    super();
    this.conv = conv;
    this.activation = activation;
    this.bias = new Parameter([bias.length], () => bias, { requiresGrad: false });
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    const { stride, padding, dilation, groups, weight } = this.conv;
    return fusedConv2d(x, weight.data as tf.Tensor4D, this.bias.data as tf.Tensor1D, {
      stride,
      padding,
      dilation,
      activation: this.activation,
      ...(weight.layout === 'depthwise' ? { depthwise: true } : { groups }),
      residual,
    });
  }

  override extraRepr(): string {
    return this.activation;
  }
}

/**
 * A faster copy of a network for inference, with biases, batch norms and activation modules folded into the convolutions
 * before them, and with parallel branches merged where modules say how (`Reparameterizable`). Results are the same up to
 * rounding. It cannot be trained.
 *
 * The order of modules is found by running the network on shapes alone. A convolution is fused with a norm or an activation only
 * if nothing else reads its output.
 *
 * @param inputShape of any input that the network accepts: `[1,H,W,C]`
 *
 * @example
 * const fast = fuse(model, [1, 224, 224, 3]);
 */
export function fuse<M extends AnyModule>(module: M, inputShape: readonly number[]): M {
  const fused = reparameterizeAll(module.clone().eval());
  for (const chain of findChains(fused, inputShape)) fold(fused, chain);
  fused.requiresGrad_(false);
  return fused;
}

/** A convolution and the modules directly after it. */
interface Chain {
  readonly conv: Conv2d;
  readonly norm?: BatchNorm2d;
  readonly activation?: Activation;
  /** Whether the norm adds a shortcut: then nothing may be fused after it. */
  readonly hasShortcut?: boolean;
  /** Data that must be read by one module alone: what is between the parts. */
  readonly links: readonly { readonly data: object; readonly reader: AnyModule }[];
}

function findChains(module: AnyModule, inputShape: readonly number[]): Chain[] {
  const chainEndingIn = new Map<number, Chain>();
  const calls = new Map<AnyModule, number>();
  const open: { module: AnyModule; inputs: readonly unknown[] }[] = [];
  const listener = {
    enter: (called: AnyModule, inputs: readonly unknown[]) => {
      open.push({ module: called, inputs });
      calls.set(called, (calls.get(called) ?? 0) + 1);
    },
    leave: (called: AnyModule, output: unknown) => {
      const { inputs } = open.pop()!;
      if (!(output instanceof tf.Tensor)) return;
      const before = inputs[0] instanceof tf.Tensor ? chainEndingIn.get(inputs[0].id) : undefined;
      const known = chainEndingIn.get(output.id);
      // A container returns the output of its last child.
      if (known !== undefined) return;
      if (called instanceof Conv2d) {
        chainEndingIn.set(output.id, { conv: called, links: [] });
      } else if (
        called instanceof BatchNorm2d &&
        before !== undefined &&
        before.norm === undefined &&
        before.activation === undefined
      ) {
        chainEndingIn.delete((inputs[0] as tf.Tensor).id);
        chainEndingIn.set(output.id, {
          ...before,
          norm: called,
          links: [link(inputs[0], called)],
          hasShortcut: inputs[1] instanceof tf.Tensor,
        });
      } else if (called instanceof Activation && before !== undefined && before.activation === undefined) {
        if (before.hasShortcut === true || (before.norm !== undefined && before.norm.activation !== 'linear'))
          return;
        chainEndingIn.delete((inputs[0] as tf.Tensor).id);
        const links = [...before.links, link(inputs[0], called)];
        chainEndingIn.set(output.id, { ...before, activation: called, links });
      }
    },
  };
  const readers = new Map<object, Set<AnyModule | undefined>>();
  const onRead = (data: object) => {
    const known = readers.get(data) ?? new Set();
    readers.set(data, known.add(open.at(-1)?.module));
  };
  onMeta(() => {
    const call = module.call as (x: tf.Tensor) => unknown;
    watchReads(onRead, () => listenToCalls(listener, () => void call.call(module, metaTensor(inputShape))));
  });
  const isAlone = ({ data, reader }: Chain['links'][number]) =>
    [...(readers.get(data) ?? [])].every((own) => own === reader);
  const isCalledOnce = (part: AnyModule | undefined) => part === undefined || calls.get(part) === 1;
  // As much of each chain as nothing else reads.
  const chains = [...chainEndingIn.values()].map((chain): Chain => {
    if (chain.links.every(isAlone)) return chain;
    const { conv, norm, links } = chain;
    return norm !== undefined && isAlone(links[0]!) ? { conv, norm, links: [] } : { conv, links: [] };
  });
  return chains.filter(
    ({ conv, norm, activation }: Chain) =>
      (norm !== undefined || activation !== undefined || hasOwnBias(conv)) &&
      [conv, norm, activation].every((part) => isCalledOnce(part as unknown as AnyModule | undefined)),
  );
}

function link(input: unknown, reader: unknown): Chain['links'][number] {
  return { data: (input as tf.Tensor).dataId, reader: reader as AnyModule };
}

/** Whether a convolution alone is worth fusing: with its bias. A class of its own may add more. */
function hasOwnBias(conv: Conv2d): boolean {
  return conv.bias !== null && conv.constructor === Conv2d;
}

/** Replaces the last module of the chain, which may get a shortcut, by the fused convolution, and those before by nothing. */
function fold(root: AnyModule, { conv, norm, activation }: Chain): void {
  const paths = new Map(Array.from(root.namedModules(), ([path, module]) => [module, path]));
  const pathOf = (module: unknown) => paths.get(module as AnyModule)!;
  const bias = norm === undefined ? biasOf(conv) : foldNorm(conv, norm);
  const kind = activation?.kind ?? norm?.activation ?? 'linear';
  const convPath = pathOf(conv);
  const lastPath = pathOf(activation ?? norm ?? conv);
  const between = activation !== undefined && norm !== undefined ? [pathOf(norm)] : [];
  for (const path of [convPath, ...between]) root.setSubmodule(path, new Identity() as unknown as AnyModule);
  root.setSubmodule(lastPath, new FusedConv2d(conv, bias, kind).eval() as unknown as AnyModule);
  conv.bias?.dispose();
  conv.bias = null;
  norm?.dispose();
}

function biasOf({ bias, outChannels }: Conv2d): Float32Array {
  return bias === null ? new Float32Array(outChannels) : (bias.data.dataSync() as Float32Array);
}
