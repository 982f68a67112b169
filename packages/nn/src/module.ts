import { PodiumError } from '@podium/core';
import { differentiable } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { Buffer, Counter, IndexTable, Parameter, type StateEntry } from './parameter.ts';
import { runnerOf } from './recomputing.ts';

/** A module with any inputs and output. */
export type AnyModule = Module<never[], unknown>;

/** Removes a hook. */
export type RemoveHook = () => void;
type PreHook = (module: AnyModule, inputs: readonly unknown[]) => readonly unknown[] | undefined;
type ForwardHook = (module: AnyModule, inputs: readonly unknown[], output: unknown) => unknown;
type BackwardHook = (module: AnyModule, gradOutput: tf.Tensor) => tf.Tensor | undefined;

interface Hooks {
  readonly pre: Set<PreHook>;
  readonly forward: Set<ForwardHook>;
  readonly backward: Set<BackwardHook>;
}

/** Kept outside the modules, so that copies have no hooks and hooks are not mistaken for children. */
const hooksOf = new WeakMap<AnyModule, Hooks>();

/** Is notified of every call of a module, outer modules first. */
export interface CallListener {
  enter(module: AnyModule, inputs: readonly unknown[]): void;
  leave(module: AnyModule, output: unknown): void;
}

let listener: CallListener | undefined;
let depth = 0;
let failed: AnyModule | undefined;

/** Runs `f` and notifies `to` of every call of a module. */
export function listenToCalls<T>(to: CallListener, f: () => T): T {
  const before = listener;
  listener = to;
  try {
    return f();
  } finally {
    listener = before;
  }
}

/**
 * A node of a network, like `torch.nn.Module`. Its attributes are its parameters, buffers and child modules, named by their
 * paths (`layer1.0.conv1.weight`); `forward` defines what it computes. Activations are `[B,H,W,C]`.
 *
 * A module is a plain object: inspect it, replace a child by assignment, freeze a part. Keep state in ordinary attributes, not
 * in `#private` ones, so that {@link Module.clone} can copy it. Tensors that `forward` creates belong to the caller: wrap a
 * training or inference step in `tf.tidy`.
 *
 * @example
 * class Block extends Module {
 *   conv = new Conv2d(64, 64, 3, { padding: 1, bias: false });
 *   bn = new BatchNorm2d(64, { activation: 'relu' });
 *
 *   forward(x: tf.Tensor4D): tf.Tensor4D {
 *     const y = this.conv.call(x);
 *     return this.bn.call(y, x);
 *   }
 * }
 */
export abstract class Module<In extends unknown[] = [x: tf.Tensor4D], Out = tf.Tensor4D> {
  /** Whether batch norm uses the statistics of the batch, and dropout is active: see `train` and `eval`. */
  training = true;

  /** What the module computes. Call children with `child.call(x)`, so that their hooks run. */
  abstract forward(...inputs: In): Out;

  /**
   * Runs the module and its hooks.
   * @throws PodiumError that names the path of the module that failed
   */
  call(...inputs: In): Out {
    const self = this as unknown as AnyModule;
    depth++;
    try {
      listener?.enter(self, inputs);
      const runner = runnerOf(self);
      const output = (
        runner === undefined ? run(self, inputs) : runner((given) => run(self, given), inputs)
      ) as Out;
      listener?.leave(self, output);
      return output;
    } catch (error) {
      failed ??= self;
      throw depth === 1 ? withModulePath(error, self, failed) : error;
    } finally {
      depth--;
      if (depth === 0) failed = undefined;
    }
  }

  /** Calls `hook` with the inputs before every forward pass. A returned list replaces them. */
  registerForwardPreHook(hook: PreHook): RemoveHook {
    return register(this, 'pre', hook);
  }

  /** Calls `hook` with inputs and output after every forward pass. A returned value replaces the output. */
  registerForwardHook(hook: ForwardHook): RemoveHook {
    return register(this, 'forward', hook);
  }

  /**
   * Calls `hook` with the gradient of the output in every backward pass. A returned tensor replaces it. The gradient belongs
   * to the engine: clone and keep it to use it later. (PyTorch's hook also gets the gradients of the inputs, which are the
   * output gradients of the modules before.)
   */
  registerBackwardHook(hook: BackwardHook): RemoveHook {
    return register(this, 'backward', hook);
  }

  /** Child modules by name, in the order of the attributes. */
  namedChildren(): [name: string, child: AnyModule][] {
    const children: [string, AnyModule][] = [];
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) children.push([name, value as unknown as AnyModule]);
      else if (Array.isArray(value) && value.some((item) => item instanceof Module)) {
        throw new PodiumError({
          code: 'nn-modules-in-array',
          message: `attribute "${name}" of ${this.constructor.name} is a plain array of modules, whose parameters would not be found`,
          fix: 'put them into a ModuleList or a Sequential',
        });
      }
    }
    return children;
  }

  /** This module (with an empty path) and all below it by path, parents first, each once. */
  *namedModules(prefix = '', seen: Set<AnyModule> = new Set()): Generator<[path: string, module: AnyModule]> {
    const self = this as unknown as AnyModule;
    if (seen.has(self)) return;
    seen.add(self);
    yield [prefix, self];
    for (const [name, child] of this.namedChildren()) yield* child.namedModules(join(prefix, name), seen);
  }

  /** {@link namedModules} without names. */
  modules(): AnyModule[] {
    return Array.from(this.namedModules(), ([, module]) => module);
  }

  /** Parameters of the whole tree by path. A shared one is listed once, under its first path. */
  namedParameters(): [path: string, parameter: Parameter][] {
    return unique(this.namedEntries()).filter(
      (entry): entry is [string, Parameter] => entry[1] instanceof Parameter,
    );
  }

  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Buffers of the whole tree by path, such as running statistics. */
  namedBuffers(): [path: string, buffer: Buffer][] {
    return unique(this.namedEntries()).filter(
      (entry): entry is [string, Buffer] => entry[1] instanceof Buffer,
    );
  }

  /** Everything a checkpoint may hold, by path: parameters, buffers, counters, tables. Shared ones are listed under each path. */
  namedEntries(prefix = ''): [path: string, entry: StateEntry][] {
    const entries: [string, StateEntry][] = [];
    for (const [name, value] of Object.entries(this)) {
      if (isEntry(value)) entries.push([join(prefix, name), value]);
    }
    for (const [name, child] of this.namedChildren()) entries.push(...child.namedEntries(join(prefix, name)));
    return entries;
  }

  /**
   * The module at a path such as `layer1.0.conv1`; the empty path is this module.
   * @throws PodiumError `nn-no-such-module` with the part that is missing and the nearest name
   */
  getSubmodule(path: string): AnyModule {
    let module = this as unknown as AnyModule;
    if (path === '') return module;
    for (const part of path.split('.')) {
      const children = module.namedChildren();
      const child = children.find(([name]) => name === part)?.[1];
      if (child === undefined) {
        throw new PodiumError({
          code: 'nn-no-such-module',
          path: { key: path },
          message: `${module.constructor.name} has no child module of this name`,
          expected: children.map(([name]) => name),
          got: JSON.stringify(part),
        });
      }
      module = child;
    }
    return module;
  }

  /** Replaces the module at a path. The old one is not disposed. */
  setSubmodule(path: string, module: AnyModule): void {
    const parts = path.split('.');
    const name = parts.pop()!;
    this.getSubmodule(path);
    this.getSubmodule(parts.join('.')).setChild(name, module);
  }

  /** Replaces a direct child. Containers override it. */
  protected setChild(name: string, module: AnyModule): void {
    (this as unknown as Record<string, AnyModule>)[name] = module;
  }

  /** Switches the whole tree to training mode: batch statistics and dropout. */
  train(mode = true): this {
    this.training = mode;
    for (const [, child] of this.namedChildren()) child.train(mode);
    return this;
  }

  /** Switches the whole tree to evaluation mode: running statistics, no dropout. */
  eval(): this {
    return this.train(false);
  }

  /** Sets for all parameters of the tree whether `backward` computes their gradients. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) {
      parameter.requiresGrad = requiresGrad;
      if (!requiresGrad) parameter.zeroGrad();
    }
    return this;
  }

  /** Calls `f` on every module of the tree, children first. */
  apply(f: (module: AnyModule) => void): this {
    for (const [, child] of this.namedChildren()) child.apply(f);
    f(this as unknown as AnyModule);
    return this;
  }

  /** Clears all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.zeroGrad();
  }

  /** Frees all tensors of the tree. */
  dispose(): void {
    for (const [, entry] of this.namedEntries()) entry.dispose();
  }

  /** A deep copy of values, settings and modes, without gradients and hooks. Shared parts stay shared. */
  clone(): this {
    return copy(this, new Map()) as this;
  }

  /** The text between the brackets of {@link toString}: `3, 64, kernelSize=7x7`. */
  extraRepr(): string {
    return '';
  }

  /** The tree, printed as in PyTorch. */
  toString(): string {
    const children = this.namedChildren();
    const extra = this.extraRepr();
    if (children.length === 0) return `${this.constructor.name}(${extra})`;
    const lines = children.map(
      ([name, child]) => `  (${name}): ${child.toString().replaceAll('\n', '\n  ')}`,
    );
    return `${this.constructor.name}(${extra}\n${lines.join('\n')}\n)`;
  }
}

function run(self: AnyModule, inputs: readonly unknown[]): unknown {
  const hooks = hooksOf.get(self);
  return hooks === undefined ? self.forward(...(inputs as never[])) : callWithHooks(self, hooks, inputs);
}

/** The forward pass of a module with hooks. */
function callWithHooks(self: AnyModule, hooks: Hooks, given: readonly unknown[]): unknown {
  let inputs = given;
  for (const hook of hooks.pre) inputs = hook(self, inputs) ?? inputs;
  let output = self.forward(...(inputs as never[]));
  for (const hook of hooks.forward) output = hook(self, inputs, output) ?? output;
  if (hooks.backward.size === 0 || !(output instanceof tf.Tensor)) return output;
  const value = output;
  return differentiable(
    { value },
    () => tf.clone(value),
    (dy) => ({
      value: () => {
        let gradient = dy;
        for (const hook of hooks.backward) gradient = hook(self, gradient) ?? gradient;
        return gradient;
      },
    }),
  );
}

function register<Kind extends keyof Hooks>(
  to: unknown,
  kind: Kind,
  hook: Parameters<Hooks[Kind]['add']>[0],
): RemoveHook {
  const module = to as AnyModule;
  const hooks = hooksOf.get(module) ?? { pre: new Set(), forward: new Set(), backward: new Set() };
  hooksOf.set(module, hooks);
  const set = hooks[kind] as Set<unknown>;
  set.add(hook);
  return () => {
    set.delete(hook);
    if (hooks.pre.size + hooks.forward.size + hooks.backward.size === 0) hooksOf.delete(module);
  };
}

function isEntry(value: unknown): value is StateEntry {
  return (
    value instanceof Parameter ||
    value instanceof Buffer ||
    value instanceof Counter ||
    value instanceof IndexTable
  );
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

function unique(entries: [string, StateEntry][]): [string, StateEntry][] {
  const seen = new Set<StateEntry>();
  return entries.filter(([, entry]) => !seen.has(entry) && seen.add(entry));
}

function copy(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (isEntry(value)) {
    const twin = value.clone();
    copies.set(value, twin);
    return twin;
  }
  if (!(value instanceof Module) && !Array.isArray(value)) return value;
  const twin = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value));
  copies.set(value, twin);
  for (const [name, item] of Object.entries(value)) twin[name] = copy(item, copies);
  return twin;
}

/** Adds the path of the failed module to an error that its inputs may have caused. */
function withModulePath(error: unknown, root: AnyModule, where: AnyModule): unknown {
  if (!(error instanceof PodiumError) || error.problem.path !== undefined || where === root) return error;
  for (const [path, module] of root.namedModules()) {
    if (module !== where) continue;
    return new PodiumError(
      { ...error.problem, path: { key: `${path} (${where.constructor.name})` } },
      { cause: error },
    );
  }
  return error;
}
