import { matchesGlob, PodiumError } from '@podium/core';
import { recomputed } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { ModuleList, Sequential } from './layers/containers.ts';
import type { AnyModule } from './module.ts';
import { captureRandom } from './random.ts';
import { setRunner, whileRecomputing } from './recomputing.ts';

/**
 * Trades time for memory in training (gradient checkpointing, Chen et al. 2016, arXiv:1604.06174): activations inside a module
 * are freed after its forward pass and recomputed in the backward pass. Weights and gradients keep their bits: dropout draws
 * the same numbers again, and batch norm counts a batch once. Forward hooks run twice.
 *
 * @param paths globs of module paths (`blocks.*`, `layer?.?`). Each module must map tensors to one tensor. Default: the
 * repeated blocks of the network, see {@link repeatedBlocks}.
 * @returns a function that turns recomputation off
 * @throws PodiumError `nn-recompute` if no module matches
 */
export function recompute(model: AnyModule, paths?: string | readonly string[]): () => void {
  const chosen =
    paths === undefined
      ? repeatedBlocks(model)
      : [...model.namedModules()].filter(([path]) => [paths].flat().some((glob) => matchesGlob(path, glob)));
  if (chosen.length === 0) {
    throw new PodiumError({
      code: 'nn-recompute',
      message:
        paths === undefined
          ? 'the model has no repeated blocks'
          : `no module matches ${JSON.stringify(paths)}`,
      expected: 'paths of modules to recompute',
      got: `modules such as ${[...model.namedModules()]
        .slice(1, 5)
        .map(([path]) => path)
        .join(', ')}`,
      fix: 'name blocks of layers, such as the stages of the network',
    });
  }
  const undo = chosen.map(([, module]) => setRunner(module, run));
  return () => {
    for (const restore of undo) restore();
  };
}

/**
 * The blocks that a network repeats: items of a `Sequential` or `ModuleList` that have children and are not containers
 * themselves, and of nested ones the innermost. In most networks these are the residual blocks.
 */
export function repeatedBlocks(model: AnyModule): [path: string, module: AnyModule][] {
  const candidates: [string, AnyModule][] = [];
  for (const [path, module] of model.namedModules()) {
    if (!isContainer(module)) continue;
    for (const [name, item] of module.namedChildren()) {
      if (isContainer(item) || item.namedChildren().length === 0) continue;
      candidates.push([path === '' ? name : `${path}.${name}`, item]);
    }
  }
  return candidates.filter(
    ([path]) => !candidates.some(([other]) => other !== path && other.startsWith(`${path}.`)),
  );
}

function isContainer(module: AnyModule): boolean {
  const value: unknown = module;
  return value instanceof Sequential || value instanceof ModuleList;
}

/** Runs a module's forward pass with recomputation. Its inputs are tensors or undefined. */
function run(forward: (inputs: readonly unknown[]) => unknown, inputs: readonly unknown[]): unknown {
  const tensors = inputs.filter((input) => input instanceof tf.Tensor);
  const again = captureRandom();
  return recomputed((given, second) => {
    let next = 0;
    const replaced = inputs.map((input) => (input instanceof tf.Tensor ? given[next++] : input));
    return (second ? again(() => whileRecomputing(() => forward(replaced))) : forward(replaced)) as tf.Tensor;
  }, tensors);
}
