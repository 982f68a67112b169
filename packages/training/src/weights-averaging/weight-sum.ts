import { didYouMean, PodiumError } from '@podium/core';
import { float32Of, type StateDict, type StateDtype, type StateTensor } from '@podium/nn';

const FLOATS: ReadonlySet<StateDtype> = new Set(['float64', 'float32', 'float16', 'bfloat16']);
/** Counters of steps: they may differ, and averaging them has no meaning. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/** The sum of several state dicts of one model in float64, and their mean. */
export class WeightSum {
  #count = 0;
  #first: { readonly name: string; readonly weights: StateDict } | undefined;
  #sums: ReadonlyMap<string, Float64Array> = new Map();

  /** State dicts added so far. */
  get count(): number {
    return this.#count;
  }

  /** @throws PodiumError `training-soup` if they belong to another model than those before */
  add(weights: StateDict, name: string): void {
    this.#assertSameModel(weights, name);
    this.#first ??= { name, weights };
    this.#count++;
    // One alone needs no sums.
    if (this.#count === 2) this.#sums = sumsOf(this.#first.weights);
    if (this.#count >= 2) {
      for (const [path, sum] of this.#sums) addTo(sum, weights.get(path)!);
    }
  }

  /** The mean: float32; whole numbers are those of the first. */
  mean(): StateDict {
    const { weights } = this.#first!;
    if (this.#count === 1) return weights;
    return new Map(
      Array.from(weights, ([path, tensor]) => {
        const sum = this.#sums.get(path);
        return [path, sum === undefined ? tensor : quotient(tensor, sum, this.#count)] as const;
      }),
    );
  }

  /** The mean with one more, which is not added. @throws PodiumError as {@link add} */
  meanWith(weights: StateDict, name: string): StateDict {
    this.#assertSameModel(weights, name);
    if (this.#first === undefined) return weights;
    const mean = new Map<string, StateTensor>();
    for (const [path, tensor] of this.#first.weights) {
      if (!FLOATS.has(tensor.dtype)) {
        mean.set(path, tensor);
        continue;
      }
      const sum = this.#sums.get(path)?.slice() ?? Float64Array.from(valuesOf(tensor));
      addTo(sum, weights.get(path)!);
      mean.set(path, quotient(tensor, sum, this.#count + 1));
    }
    return mean;
  }

  #assertSameModel(weights: StateDict, name: string): void {
    if (this.#first === undefined) {
      if (weights.size > 0) return;
      throw mismatch('', name, 'weights', 'no tensor at all');
    }
    const { name: firstName, weights: first } = this.#first;
    for (const [path, { dtype, shape, data }] of first) {
      const given = weights.get(path);
      if (given === undefined) {
        const extra = [...weights.keys()].filter((key) => !first.has(key));
        const nearest = didYouMean(path, extra);
        throw mismatch(path, name, `this tensor, as in ${firstName}`, nearest ?? 'nothing of that name');
      }
      if (String(given.shape) !== String(shape)) {
        throw mismatch(path, name, `[${shape}], as in ${firstName}`, `[${given.shape}]`);
      }
      const isFloat = FLOATS.has(dtype);
      if (FLOATS.has(given.dtype) !== isFloat || (!isFloat && given.dtype !== dtype)) {
        throw mismatch(path, name, `${dtype}, as in ${firstName}`, given.dtype);
      }
      if (isFloat || COUNTER.test(path)) continue;
      const at = data.findIndex((value, i) => value !== given.data[i]);
      if (at >= 0) {
        throw mismatch(path, name, `${data[at]} at ${at}, as in ${firstName}`, `${given.data[at]}`);
      }
    }
    const extra = [...weights.keys()].find((path) => !first.has(path));
    if (extra !== undefined) throw mismatch(extra, name, `no such tensor, as in ${firstName}`, 'one');
  }
}

function sumsOf(weights: StateDict): Map<string, Float64Array> {
  const floats = [...weights].filter(([, { dtype }]) => FLOATS.has(dtype));
  return new Map(floats.map(([path, tensor]) => [path, Float64Array.from(valuesOf(tensor))]));
}

function valuesOf(tensor: StateTensor): Float32Array | Float64Array {
  return tensor.dtype === 'float64' ? (tensor.data as Float64Array) : float32Of(tensor);
}

function addTo(sum: Float64Array, tensor: StateTensor): void {
  const values = valuesOf(tensor);
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + values[i]!;
}

function quotient({ shape }: StateTensor, sum: Float64Array, count: number): StateTensor {
  const data = new Float32Array(sum.length);
  for (let i = 0; i < data.length; i++) data[i] = sum[i]! / count;
  return { dtype: 'float32', shape, data };
}

function mismatch(path: string, name: string, expected: string, got: string): PodiumError {
  return new PodiumError({
    code: 'training-soup',
    path: { file: name, ...(path !== '' && { key: path }) },
    message: 'this ingredient of the soup belongs to another model than the first',
    expected,
    got,
    fix: 'average only trainings of one architecture, with the same classes and image size',
  });
}
