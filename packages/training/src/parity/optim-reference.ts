/** PyTorch's results: a few steps of optimizers on a small net, schedules, losses. */
export interface OptimReference {
  readonly source: string;
  readonly training: {
    /** Describes the random streams and the classes of samples. */
    readonly inputs: string;
    readonly net: string;
    readonly optimizers: Readonly<Record<string, OptimizerReference>>;
  };
  readonly schedules: Readonly<Record<string, number | readonly number[]>> & {
    readonly constant_base: number;
  };
  readonly losses: Readonly<Record<string, string | number>> & { readonly inputs: string };
}

export interface OptimizerReference {
  /** PyTorch's `defaults`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly losses: readonly number[];
  readonly final_l2: Readonly<Record<string, number>>;
}

/** The result of comparing one quantity. */
export interface Comparison {
  /** `optimizer adamw`, `schedule cosine_T20`, `loss focal_gamma2`. */
  readonly what: string;
  /** Largest relative deviation. */
  readonly deviation: number;
  readonly limit: number;
  /** Where it occurs, or what is wrong. */
  readonly where?: string;
}

/** Whether a JSON value is a reference file of optimizers, schedules and losses. */
export function isOptimReference(value: unknown): value is OptimReference {
  const file = value as Partial<OptimReference> | null;
  return (
    typeof file === 'object' &&
    file !== null &&
    typeof file.training === 'object' &&
    typeof file.training?.optimizers === 'object' &&
    typeof file.schedules === 'object' &&
    typeof file.losses === 'object'
  );
}

/** The largest relative deviation of values from a reference. */
export function compareValues(
  what: string,
  limit: number,
  values: readonly number[],
  expected: readonly number[],
  place: (index: number) => string,
): Comparison {
  if (values.length !== expected.length) {
    return { what, deviation: 1, limit, where: `${expected.length} values expected, got ${values.length}` };
  }
  let deviation = 0;
  let where: string | undefined;
  for (const [i, reference] of expected.entries()) {
    const value = values[i]!;
    // A rate of exactly 0 has no relative deviation.
    const off = value === reference ? 0 : Math.abs(value - reference) / Math.max(Math.abs(reference), 1e-12);
    if (off <= deviation) continue;
    deviation = off;
    where = place(i);
  }
  if (values.some((value) => !Number.isFinite(value)))
    return { what, deviation: Number.POSITIVE_INFINITY, limit };
  return { what, deviation, limit, where };
}

/** The result for something that cannot be compared. */
export function unknown(what: string, where: string): Comparison {
  return { what, deviation: 1, limit: 0, where };
}

/** Name of the `index`-th stream in a description of inputs. */
export function streamName(text: string, index: number): string | undefined {
  return [...text.matchAll(/stream(?:\s+named\s+|\()'([^']+)'/g)][index]?.[1];
}
