import { didYouMean, PodiumError } from '@podium/core';
import { float32Of, type StateDict, type StateDtype, type StateTensor } from '@podium/nn';

type Sums = ReadonlyMap<string, Float64Array>;

const FLOATS: ReadonlySet<StateDtype> = new Set(['float64', 'float32', 'float16', 'bfloat16']);
/** Counts of steps: they may differ, and mean nothing for an average. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/** The sum of several state dicts of one model, and their mean. */
export class SoupPot {
  #count = 0;
  #first: { readonly name: string; readonly weights: StateDict } | undefined;
  #sums: Sums = new Map();

  /** How many were added. */
  get count(): number {
    return this.#count;
  }

  /** @throws PodiumError `training-soup` where they are not of the same model as those before */
  add(weights: StateDict, name: string): void {
    this.#check(weights, name);
    this.#first ??= { name, weights };
    this.#count++;
    // One alone needs no sums.
    if (this.#count === 2) this.#sums = sumsOf(this.#first.weights);
    if (this.#count >= 2) {
      for (const [path, sum] of this.#sums) addTo(sum, weights.get(path)!);
    }
  }

  /** The mean of all that were added: float32, whole numbers of the first. */
  mean(): StateDict {
    const { weights } = this.#first as { weights: StateDict };
    return this.#count === 1 ? weights : divided(weights, this.#sums, this.#count);
  }

  /** The mean with one more, which is not added. @throws PodiumError as {@link add} */
  meanWith(weights: StateDict, name: string): StateDict {
    this.#check(weights, name);
    if (this.#first === undefined) return weights;
    const first = this.#first.weights;
    const mean = new Map<string, StateTensor>();
    for (const [path, tensor] of first) {
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

  #check(weights: StateDict, name: string): void {
    if (this.#first === undefined) {
      if (weights.size > 0) return;
      throw misfit('', name, 'weights', 'no tensor at all');
    }
    const { name: other, weights: wanted } = this.#first;
    for (const [path, { dtype, shape, data }] of wanted) {
      const given = weights.get(path);
      if (given === undefined) {
        const nearest = didYouMean(
          path,
          [...weights.keys()].filter((key) => !wanted.has(key)),
        );
        throw misfit(path, name, `this tensor, as in ${other}`, nearest ?? 'nothing of that name');
      }
      if (String(given.shape) !== String(shape)) {
        throw misfit(path, name, `[${shape}], as in ${other}`, `[${given.shape}]`);
      }
      const isFloat = FLOATS.has(dtype);
      if (FLOATS.has(given.dtype) !== isFloat || (!isFloat && given.dtype !== dtype)) {
        throw misfit(path, name, `${dtype}, as in ${other}`, given.dtype);
      }
      if (isFloat || COUNTER.test(path)) continue;
      const at = data.findIndex((value, i) => value !== given.data[i]);
      if (at >= 0) {
        throw misfit(path, name, `${data[at]} at ${at}, as in ${other}`, `${given.data[at]}`);
      }
    }
    const strange = [...weights.keys()].find((path) => !wanted.has(path));
    if (strange !== undefined) throw misfit(strange, name, `no such tensor, as in ${other}`, 'one');
  }
}

function sumsOf(weights: StateDict): Sums {
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

function divided(first: StateDict, sums: Sums, count: number): StateDict {
  const entries = Array.from(first, ([path, tensor]) => {
    const sum = sums.get(path);
    return [path, sum === undefined ? tensor : quotient(tensor, sum, count)] as const;
  });
  return new Map(entries);
}

function quotient({ shape }: StateTensor, sum: Float64Array, count: number): StateTensor {
  const data = new Float32Array(sum.length);
  for (let i = 0; i < data.length; i++) data[i] = sum[i]! / count;
  return { dtype: 'float32', shape, data };
}

function misfit(path: string, name: string, expected: string, got: string): PodiumError {
  return new PodiumError({
    code: 'training-soup',
    path: { file: name, ...(path === '' ? {} : { key: path }) },
    message: 'this ingredient of the soup is not of the same model as the first',
    expected,
    got,
    fix: 'average trainings of one architecture, with the same classes and image size, only',
  });
}
