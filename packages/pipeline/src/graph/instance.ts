import type { z } from 'zod';
import type { ArtifactKind, InputPorts, OutputPorts } from '../stage/ports.ts';
import type { AnyStage, Stage } from '../stage/stage.ts';

/** A file or folder that no stage made, identified by its content. */
export interface Source {
  readonly kind: ArtifactKind;
  /** Matches the `type` of the input ports that read it. */
  readonly type: string;
  readonly path: string;
  /** Of a folder: follow links that lead out of it. Default: they are an error. Not part of keys: the files are. */
  readonly allowOutsideLinks?: boolean;
  /** How to allow one, for messages: "set x: true". */
  readonly linksAdvice?: string;
}

/** One output of an instance. */
export interface OutputRef {
  readonly from: string;
  readonly output: string;
}

/** Where an input comes from: an output of another instance, or a source. */
export type Reference = OutputRef | { readonly source: string };

/** A stage in a graph: its name there, its settings and its inputs. */
export interface Instance {
  readonly name: string;
  readonly stage: AnyStage;
  readonly settings: unknown;
  readonly inputs: Readonly<Record<string, Reference | readonly Reference[] | undefined>>;
  /** Used only by stages that are `random`; default: the graph's seed. */
  readonly seed?: string | number;
}

/**
 * An instance that knows the names of its outputs. A handle with more outputs can be used where one with fewer is
 * expected: any stage that writes `oof` and `test` gives an `InstanceHandle<'oof' | 'test'>`.
 */
export interface InstanceHandle<Output extends string = string> extends Instance {
  /** Refers to an output, for another instance's inputs. */
  readonly output: (name: Output) => OutputRef;
}

type InputReference<Port> = Port extends { readonly many: true } ? readonly Reference[] : Reference;

type InputReferences<Inputs extends InputPorts> = string extends keyof Inputs
  ? Instance['inputs']
  : {
      readonly [Port in keyof Inputs as Inputs[Port] extends { readonly optional: true }
        ? never
        : Port]: InputReference<Inputs[Port]>;
    } & {
      readonly [Port in keyof Inputs as Inputs[Port] extends { readonly optional: true }
        ? Port
        : never]?: InputReference<Inputs[Port]>;
    };

/**
 * Puts a stage into a graph. The name identifies the instance in the graph, in records and in messages:
 * `train[fold=0]`.
 *
 * @example
 * const data = instance('data', readData, { settings: {}, inputs: { folder: source('competition') } });
 * const folds = instance('folds', makeFolds, { settings: { count: 5 }, inputs: { train: data.output('train') } });
 * const graph = defineGraph({ sources, instances: [data, folds], seed: 1 });
 */
export function instance<Schema extends z.ZodType, Inputs extends InputPorts, Outputs extends OutputPorts>(
  name: string,
  stage: Stage<Schema, Inputs, Outputs>,
  {
    settings,
    inputs,
    seed,
  }: {
    readonly settings: z.input<Schema>;
    readonly inputs: InputReferences<Inputs>;
    readonly seed?: string | number;
  },
): InstanceHandle<keyof Outputs & string> {
  return { name, stage, settings, inputs, seed, output: (port) => from(name, port) };
}

/**
 * An output of an instance by names alone, as records have them. Prefer `handle.output(name)`, which is type-checked.
 */
export function from(name: string, output: string): OutputRef {
  return { from: name, output };
}

/** A source of the graph. */
export function source(name: string): Reference {
  return { source: name };
}

type Axes = Readonly<Record<string, readonly (string | number | boolean)[]>>;

/**
 * Calls `make` for every combination of the axes (the last axis varies fastest): one training per model, seed and fold.
 * `label` is unique to the combination: `model=resnet18,seed=1,fold=0`.
 */
export function fanOut<const A extends Axes, T>(
  axes: A,
  make: (point: { readonly [Axis in keyof A]: A[Axis][number] }, label: string) => T,
): T[] {
  let points: Record<string, string | number | boolean>[] = [{}];
  for (const [axis, values] of Object.entries(axes))
    points = points.flatMap((point) => values.map((value) => ({ ...point, [axis]: value })));
  return points.map((point) => {
    const label = Object.keys(axes).map((axis) => `${axis}=${point[axis]}`);
    return make(point as { readonly [Axis in keyof A]: A[Axis][number] }, label.join(','));
  });
}
