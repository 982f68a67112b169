import type { z } from 'zod';
import type { ArtifactKind, InputPorts, OutputPorts } from '../stage/ports.ts';
import type { AnyStage, Stage } from '../stage/stage.ts';

/** A file or folder from outside, known by its content. */
export interface Source {
  readonly kind: ArtifactKind;
  /** As an input port's type. */
  readonly type: string;
  readonly path: string;
}

/** Where an input comes from: an output of another instance, or a source. */
export type Reference = { readonly from: string; readonly output: string } | { readonly source: string };

/** A stage with its settings and inputs, under a name of its own. */
export interface Instance {
  readonly name: string;
  readonly stage: AnyStage;
  readonly settings: unknown;
  readonly inputs: Readonly<Record<string, Reference | readonly Reference[] | undefined>>;
  /** The graph's seed where left out; counts only for stages that are `random`. */
  readonly seed?: string | number;
}

type InputReferences<Inputs extends InputPorts> = {
  readonly [Port in keyof Inputs as Inputs[Port] extends { readonly optional: true }
    ? never
    : Port]: Inputs[Port] extends { readonly many: true } ? readonly Reference[] : Reference;
} & {
  readonly [Port in keyof Inputs as Inputs[Port] extends { readonly optional: true }
    ? Port
    : never]?: Inputs[Port] extends { readonly many: true } ? readonly Reference[] : Reference;
};

/** Puts a stage into a graph. The name is what others refer to and what people read: `train[fold=0]`. */
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
): Instance {
  return { name, stage, settings, inputs, seed };
}

/** The output of another instance. */
export function from(name: string, output: string): Reference {
  return { from: name, output };
}

/** A source of the graph. */
export function source(name: string): Reference {
  return { source: name };
}

type Axes = Readonly<Record<string, readonly (string | number | boolean)[]>>;

/**
 * One thing for each combination of the axes, the last axis running fastest, such as one training for each model, seed
 * and fold. `label` tells them apart: `model=resnet18,seed=1,fold=0`.
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
