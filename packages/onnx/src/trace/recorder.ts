import {
  currentBackend,
  kernelOutputs,
  kernelsWithShapes,
  type NamedBackend,
  withBackend,
} from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

const NAME = 'podium-recorder';

/** A tensor that depends on the input: only its shape is known. */
export interface Unknown {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** An input or output of a recorded kernel. */
export type Operand = Unknown | tf.Tensor;

/** A kernel whose output depends on the input. */
export interface Recorded {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Operand>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Unknown[];
}

/** What {@link record} found. */
export interface Recording {
  readonly input: Unknown;
  readonly output: Operand;
  readonly kernels: readonly Recorded[];
  /** Frees the constants. */
  dispose(): void;
}

/**
 * A backend that writes down which kernels run on tensors that depend on the input. All others it computes on the backend
 * that was there before, so that they become constants.
 */
class RecorderBackend extends tf.KernelBackend {
  readonly kernels: Recorded[] = [];
  readonly #kept = new Set<tf.Tensor>();
  readonly #computing: NamedBackend;
  /** By data id. */
  readonly #unknown = new WeakMap<object, Unknown>();
  readonly #written = new WeakMap<object, tf.Tensor>();

  constructor(computing: NamedBackend) {
    super();
    this.#computing = computing;
  }

  run(kernel: string, inputs: Readonly<Record<string, tf.Tensor>>, attributes: Record<string, unknown>) {
    const operands = Object.fromEntries(
      Object.entries(inputs)
        .filter(([, tensor]) => tensor !== undefined && tensor !== null)
        .map(([name, tensor]) => [name, this.operand(tensor)]),
    );
    const depends = Object.values(operands).some((operand) => !(operand instanceof tf.Tensor));
    if (!depends) {
      // Kernels with any number of inputs get a list.
      const known = (Array.isArray(inputs) ? Object.values(operands) : operands) as tf.NamedTensorMap;
      return withBackend(this.#computing, () => tf.engine().runKernel(kernel, known, attributes as never)) as
        | tf.Tensor
        | tf.Tensor[];
    }
    if (kernel === 'Identity') return this.#infoOf(Object.values(operands)[0] as Unknown);
    if (kernel === 'ZerosLike' || kernel === 'OnesLike') {
      const { shape } = inputs.x!;
      return withBackend(this.#computing, () => (kernel === 'ZerosLike' ? tf.zeros(shape) : tf.ones(shape)));
    }
    const found = kernelOutputs(kernel, inputs, attributes);
    const outputs = [found].flat().map(({ shape, dtype }) => ({ shape, dtype }));
    for (const operand of Object.values(operands)) if (operand instanceof tf.Tensor) this.keep(operand);
    this.kernels.push({ kernel, inputs: operands, attributes: { ...attributes }, outputs });
    const infos = outputs.map((output) => this.#infoOf(output));
    return Array.isArray(found) ? infos : infos[0]!;
  }

  /** What a tensor stands for. */
  operand(tensor: tf.Tensor): Operand {
    return this.#unknown.get(tensor.dataId) ?? this.#written.get(tensor.dataId) ?? tensor;
  }

  /** A tensor for a value that is not known. */
  tensorOf(value: Unknown): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.#infoOf(value));
  }

  #infoOf(value: Unknown): tf.TensorInfo {
    const dataId = {};
    this.#unknown.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.dtype as tf.DataType };
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    const tensor = withBackend(this.#computing, () => tf.tensor(values as tf.TypedArray, shape, dtype));
    this.#written.set(dataId, this.keep(tensor));
    return dataId;
  }

  /** Keeps a constant beyond the scope that made it. */
  keep<T extends tf.Tensor>(tensor: T): T {
    if (tensor instanceof tf.Variable) return tensor;
    this.#kept.add(tensor);
    return tf.keep(tensor);
  }

  disposeKept(): void {
    for (const tensor of this.#kept) tensor.dispose();
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const written = this.#written.get(dataId);
    if (written === undefined) throw new Error('values that depend on the images were read');
    return written.dataSync();
  }

  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(dataId);
  }

  override disposeData(): boolean {
    return true;
  }

  override incRef(): void {}

  override refCount(): number {
    return 1;
  }

  override numDataIds(): number {
    return 0;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {}
}

let registered = false;

function register(): void {
  if (registered) return;
  registered = true;
  for (const kernelName of kernelsWithShapes()) {
    tf.registerKernel({
      kernelName,
      backendName: NAME,
      kernelFunc: ({ inputs, attrs, backend }) =>
        (backend as RecorderBackend).run(kernelName, inputs as never, (attrs ?? {}) as never),
    });
  }
}

/**
 * Runs `f` on a tensor `[...shape]` of unknown values and returns the kernels that read it, directly or not. Podium's kernels
 * run their reference versions.
 */
export function record(f: (input: tf.Tensor) => tf.Tensor, shape: readonly number[]): Recording {
  register();
  const backend = new RecorderBackend(currentBackend());
  const input: Unknown = { shape, dtype: 'float32' };
  const dispose = () => backend.disposeKept();
  try {
    tf.engine().startScope();
    const output = withBackend({ name: NAME, backend }, () => backend.operand(f(backend.tensorOf(input))));
    return { input, output, kernels: backend.kernels, dispose };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    tf.engine().endScope();
  }
}
