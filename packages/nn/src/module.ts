import { PodiumError } from '@podium/core';
import { differentiable } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { Buffer, Counter, IndexTable, Parameter, type StateEntry } from './parameter.ts';
import { runnerOf } from './recomputing.ts';

/** A module of whatever inputs and output. */
export type AnyModule = Module<never[], unknown>;

/** Removes the hook that registering it returned this for. */
export type RemoveHook = () => void;
type PreHook = (module: AnyModule, inputs: readonly unknown[]) => readonly unknown[] | undefined;
type ForwardHook = (module: AnyModule, inputs: readonly unknown[], output: unknown) => unknown;
type BackwardHook = (module: AnyModule, gradOutput: tf.Tensor) => tf.Tensor | undefined;

interface Hooks {
  readonly pre: Set<PreHook>;
  readonly forward: Set<ForwardHook>;
  readonly backward: Set<BackwardHook>;
}

/** Beside the modules and not in them, so that a copy of a module has no hooks and its attributes are its children. */
const hooksOf = new WeakMap<AnyModule, Hooks>();

/** Hears of every call of a module, from outside in. */
export interface CallListener {
  enter(module: AnyModule, inputs: readonly unknown[]): void;
  leave(module: AnyModule, output: unknown): void;
}

let listener: CallListener | undefined;
let depth = 0;
let failed: AnyModule | undefined;

/** Runs `f` with `to` hearing of every module's calls. */
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
 * A node of a network, in the manner of `torch.nn.Module`: its attributes are its parameters, buffers and child modules,
 * named by their attribute paths (`layer1.0.conv1.weight`), and `forward` says what it computes. `call` the root and the
 * whole tree runs. Activations are `[B,H,W,C]`.
 *
 * A module is a plain object: look inside, replace a child by assignment, freeze a part. Subclasses keep their state in
 * ordinary attributes, not in `#private` ones, so that {@link Module.clone} can copy it. Tensors that `forward` makes
 * belong to the caller: wrap a training or inference step in `tf.tidy`.
 */
export abstract class Module<In extends unknown[] = [x: tf.Tensor4D], Out = tf.Tensor4D> {
  /** Whether batch norm uses the batch's statistics, and dropout drops: see `train` and `eval`. */
  training = true;

  /** What the module computes. Call children by `child.call(x)`, so that their hooks run. */
  abstract forward(...inputs: In): Out;

  /**
   * Runs the module with its hooks.
   * @throws PodiumError that names the path of the module that failed, when called on the root
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
      throw depth === 1 ? explain(error, self, failed) : error;
    } finally {
      depth--;
      if (depth === 0) failed = undefined;
    }
  }

  /** Calls `hook` with the inputs before every forward pass; what it returns replaces them. */
  registerForwardPreHook(hook: PreHook): RemoveHook {
    return register(this, 'pre', hook);
  }

  /** Calls `hook` with inputs and output after every forward pass; a value that it returns replaces the output. */
  registerForwardHook(hook: ForwardHook): RemoveHook {
    return register(this, 'forward', hook);
  }

  /**
   * Calls `hook` with the gradient by the output in every backward pass; a tensor that it returns replaces it. The
   * gradient belongs to the engine: clone and keep it to use it later. (PyTorch's hook also gets the gradients by the
   * inputs: those are the output gradients of the modules before.)
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
          message: `attribute "${name}" of ${this.constructor.name} is a plain list of modules, which are not found there`,
          fix: 'put them into a ModuleList or a Sequential',
        });
      }
    }
    return children;
  }

  /** This module (by the empty name) and all below it by path, from outside in; each once. */
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

  /** Parameters of the whole tree by path; one that is shared comes once, under its first name. */
  namedParameters(): [path: string, parameter: Parameter][] {
    return unique(this.namedEntries()).filter(
      (entry): entry is [string, Parameter] => entry[1] instanceof Parameter,
    );
  }

  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Buffers of the whole tree by path: running statistics and the like. */
  namedBuffers(): [path: string, buffer: Buffer][] {
    return unique(this.namedEntries()).filter(
      (entry): entry is [string, Buffer] => entry[1] instanceof Buffer,
    );
  }

  /** All that a checkpoint may keep, by path: parameters, buffers, counters, tables; shared ones under every name. */
  namedEntries(prefix = ''): [path: string, entry: StateEntry][] {
    const entries: [string, StateEntry][] = [];
    for (const [name, value] of Object.entries(this)) {
      if (isEntry(value)) entries.push([join(prefix, name), value]);
    }
    for (const [name, child] of this.namedChildren()) entries.push(...child.namedEntries(join(prefix, name)));
    return entries;
  }

  /**
   * The module at a path: `layer1.0.conv1`; the empty path is this one.
   * @throws PodiumError `nn-no-such-module` naming the part that is missing, with the nearest name
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

  /** Puts another module at a path, in place of the one that is there. The old one is not disposed of. */
  setSubmodule(path: string, module: AnyModule): void {
    const parts = path.split('.');
    const name = parts.pop()!;
    this.getSubmodule(path);
    this.getSubmodule(parts.join('.')).setChild(name, module);
  }

  /** Replaces the direct child of that name; containers override where they keep it. */
  protected setChild(name: string, module: AnyModule): void {
    (this as unknown as Record<string, AnyModule>)[name] = module;
  }

  /** Switches the whole tree to training: batch statistics, dropout. */
  train(mode = true): this {
    this.training = mode;
    for (const [, child] of this.namedChildren()) child.train(mode);
    return this;
  }

  /** Switches the whole tree to evaluation: running statistics, no dropout. */
  eval(): this {
    return this.train(false);
  }

  /** Says for all parameters of the tree whether `backward` computes their gradients. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) {
      parameter.requiresGrad = requiresGrad;
      if (!requiresGrad) parameter.zeroGrad();
    }
    return this;
  }

  /** Calls `f` with every module of the tree, children first. */
  apply(f: (module: AnyModule) => void): this {
    for (const [, child] of this.namedChildren()) child.apply(f);
    f(this as unknown as AnyModule);
    return this;
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.zeroGrad();
  }

  /** Frees all tensors of the tree. */
  dispose(): void {
    for (const [, entry] of this.namedEntries()) entry.dispose();
  }

  /** A deep copy: values, settings and modes, without gradients and hooks. What is shared inside stays shared. */
  clone(): this {
    return copy(this, new Map()) as this;
  }

  /** What stands between the brackets in {@link toString}: `3, 64, kernel=7`. */
  extraRepr(): string {
    return '';
  }

  /** The tree as PyTorch prints it. */
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

/** An error with the path of the module that it came from, where it is one that the user may cause. */
function explain(error: unknown, root: AnyModule, where: AnyModule): unknown {
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
