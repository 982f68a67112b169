import { matchesGlob, PodiumError, type Rng } from '@podium/core';
import { matMul } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { kaimingUniform, zeros } from './init.ts';
import { Linear } from './layers/linear.ts';
import { type AnyModule, Module } from './module.ts';
import { Parameter } from './parameter.ts';
import type { StateTensor } from './state-tensor.ts';

export interface LoraOptions {
  /** Rank of the update: 4 to 64 are usual. */
  readonly rank: number;
  /** The update is scaled by `alpha / rank`. Default: the rank, so that it is not scaled. */
  readonly alpha?: number;
  /** Globs of module paths (`blocks.*.attn.*`). Default: every linear layer, but for those that `except` names. */
  readonly modules?: readonly string[];
  /** Paths of layers that are trained as they are: the classifiers. */
  readonly except?: readonly string[];
  /** Draws the initial values, each layer's from a separate stream. */
  readonly rng: Rng;
}

/**
 * A linear layer, of any subclass, with an update of low rank: its weight is `W + alpha / rank * B A`. The layer computes as
 * before, only with that weight, so it may have further inputs and reorder its outputs.
 */
class LoraAdapted extends Module<unknown[], unknown> {
  base: Linear;
  /** `[rank,in]` */
  lora_A: Parameter;
  /** `[out,rank]`, at first zero: the layer gives what it gave. */
  lora_B: Parameter;
  readonly scale: number;

  constructor(base: Linear, rank: number, scale: number, rng: Rng) {
    super();
    this.base = base;
    this.scale = scale;
    this.lora_A = new Parameter([rank, base.inFeatures], kaimingUniform({ slope: Math.sqrt(5) }));
    this.lora_B = new Parameter([base.outFeatures, rank], zeros);
    this.lora_A.initialize(rng);
    this.training = base.training;
  }

  /** `[out,in]` */
  merged(): tf.Tensor {
    const update = matMul(this.lora_B.data, this.lora_A.data);
    return tf.add(this.base.weight.data, tf.mul(update, this.scale));
  }

  forward(...inputs: unknown[]): unknown {
    const { weight } = this.base;
    const data = this.merged();
    this.base.weight = { shape: weight.shape, data } as unknown as Parameter;
    try {
      return (this.base as unknown as AnyModule).call(...(inputs as never[]));
    } finally {
      this.base.weight = weight;
    }
  }
}

/**
 * Low-rank adaptation (Hu et al. 2022, LoRA, arXiv:2106.09685): gives linear layers updates of low rank, which are trained
 * instead of their weights. The weights are frozen; their optimizer state and gradients need no memory. Undo it with
 * {@link mergeLora} after training.
 *
 * @returns paths of the adapted layers
 * @throws PodiumError `nn-lora` if no linear layer matches, or the rank is not a whole number of at least 1
 *
 * @example
 * addLora(model, { rank: 8, except: [model.classifierPath], rng: Rng.fromSeed(1) });
 */
export function addLora(
  model: AnyModule,
  { rank, alpha = rank, modules, except = [], rng }: LoraOptions,
): string[] {
  if (!Number.isInteger(rank) || rank < 1) {
    throw new PodiumError({
      code: 'nn-lora',
      path: { key: 'rank' },
      expected: 'a whole number >= 1',
      got: String(rank),
    });
  }
  const layers = [...model.namedModules()].filter(([, module]) => (module as unknown) instanceof Linear);
  const chosen = layers.filter(
    ([path]) =>
      !except.some((other) => path === other || path.startsWith(`${other}.`)) &&
      (modules === undefined || modules.some((glob) => matchesGlob(path, glob))),
  );
  if (chosen.length === 0) {
    throw new PodiumError({
      code: 'nn-lora',
      message:
        modules === undefined
          ? 'the network has no linear layers beside its classifier, so there is nothing to adapt'
          : `no linear layer matches ${JSON.stringify(modules)}`,
      expected: 'paths of linear layers',
      got:
        layers.length === 0
          ? 'none'
          : layers
              .slice(0, 4)
              .map(([path]) => path)
              .join(', '),
      fix: 'leave LoRA out, or choose a transformer',
    });
  }
  for (const [path, layer] of chosen) {
    const linear = layer as unknown as Linear;
    linear.weight.requiresGrad = false;
    if (linear.bias !== null) linear.bias.requiresGrad = false;
    const adapted = new LoraAdapted(linear, rank, alpha / rank, rng.split(path));
    model.setSubmodule(path, adapted as unknown as AnyModule);
  }
  return chosen.map(([path]) => path);
}

/** Adds all updates of {@link addLora} to the weights; the network has its former layers again, and gives the same results. */
export function mergeLora(model: AnyModule): void {
  for (const [path, module] of [...model.namedModules()]) {
    const adapted: unknown = module;
    if (!(adapted instanceof LoraAdapted)) continue;
    const { base } = adapted;
    tf.tidy(() => {
      base.weight.data = adapted.merged();
    });
    model.setSubmodule(path, base as unknown as AnyModule);
    adapted.lora_A.dispose();
    adapted.lora_B.dispose();
  }
}

/** The updates alone, by path, as a small checkpoint holds them: `blocks.0.attn.qkv.lora_A`. */
export function loraState(model: AnyModule): Map<string, StateTensor> {
  const own = model.namedEntries().filter(([path]) => isLora(path));
  return new Map(own.map(([path, entry]) => [path, entry.toState()]));
}

/** Whether the parameter at a path is part of an update. */
export function isLora(path: string): boolean {
  return /(^|\.)lora_[AB]$/.test(path);
}
