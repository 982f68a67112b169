import { createRequire } from 'node:module';
import type { DataId, DataType, KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import {
  boolAttr,
  intAttr,
  type OpAttribute,
  oneDnnKernel,
  stringAttr,
  TfType,
  typeAttr,
} from './attributes.ts';

/** What the native op left behind: a handle, its shape and TensorFlow's element type. */
interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The compiled addon: tfjs-node's C++ over TensorFlow's eager C API. */
export interface Binding {
  createTensor(shape: number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: number[],
    outputs: number,
  ): TensorMetadata[];
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
}

/** What tfjs-node keeps of a tensor. */
interface TensorData {
  readonly shape: number[];
  /** TensorFlow's number of its element type. */
  dtype: number;
  readonly id: number;
}

/** The second addon, whose loading registers Podium's own ops. */
export interface PodiumOps {
  /** How many threads the ops share their work among. */
  setThreads(count: number): void;
  /** Whether PodiumConv2DFilterGrad is there: on CPUs with AVX512-BF16. */
  readonly hasBfloat16FilterGrad: boolean;
}

/** tfjs-node's backend with what it keeps private opened, since precision has to be decided per op. */
interface OpenBackend extends KernelBackend {
  readonly binding: Binding;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: { get(id: DataId): TensorData; has(id: DataId): boolean };
  createOutputTensor(metadata: TensorMetadata): Tensor;
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  readSync(dataId: DataId): Float32Array | Int32Array | Uint8Array;
  move(dataId: DataId, values: unknown, shape: number[], dtype: DataType, refCount: number): void;
  disposeData(dataId: DataId, force?: boolean): boolean;
  executeSingleOutput(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
  ): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
}

/** Receives every native op after it ran; times are in milliseconds on the `performance` clock. */
export type OpListener = (
  name: string,
  start: number,
  duration: number,
  inputs: readonly TensorInfo[],
  outputs: readonly Tensor[],
) => void;

/** Stock ops that stay in bfloat16 when all their inputs are: they move, compare or combine few values. */
const BFLOAT16_OPS: ReadonlySet<string> = new Set(
  (
    'Add AddV2 AddN BatchToSpaceND ConcatV2 Maximum MaxPool Minimum Mul MirrorPad Neg Pack PadV2 Relu Relu6 Reshape ' +
    'ReverseV2 Slice SpaceToBatchND Split SplitV StridedSlice Sub Tile Transpose Unpack ZerosLike'
  ).split(' '),
);

const NodeBackend: new (binding: Binding, packageName: string) => OpenBackend = openNodeBackend();

/**
 * tfjs-node's backend, taught to hold bfloat16.
 *
 * TensorFlow.js has no 16-bit type, so a bfloat16 tensor says `float32` to it and this class remembers the truth. Our
 * own kernels ask {@link isBfloat16} and call {@link run}; a stock kernel runs in bfloat16 where that is safe
 * ({@link BFLOAT16_OPS}, all inputs bfloat16) and otherwise gets its inputs cast to float32; reading gives float32.
 */
export class NativeBackend extends NodeBackend {
  /** Whether oneDNN's own kernels can be asked for by name: on CPUs, in every build of TensorFlow that has them. */
  readonly hasOneDnn: boolean;
  /** Whether Podium's own ops (native/*.cc) are registered and can run: on CPUs, where they were compiled. */
  readonly hasPodiumOps: boolean;
  /** Whether one of them is PodiumConv2DFilterGrad, the bfloat16 filter gradient. */
  readonly hasBfloat16FilterGrad: boolean;
  #listener: OpListener | undefined;
  #bytes = 0;
  #peakBytes = 0;

  constructor(binding: Binding, podiumOps: PodiumOps | undefined) {
    super(binding, '@tensorflow/tfjs-node-gpu');
    this.hasPodiumOps = podiumOps !== undefined && !this.isUsingGpuDevice;
    this.hasBfloat16FilterGrad = this.hasPodiumOps && podiumOps?.hasBfloat16FilterGrad === true;
    this.hasOneDnn = !this.isUsingGpuDevice && this.#probeOneDnn();
  }

  /** What all tensors of this backend hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The most that they held at once since {@link resetPeakBytes}. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  resetPeakBytes(): void {
    this.#peakBytes = this.#bytes;
  }

  /** What one tensor holds: two bytes a value in bfloat16. */
  bytesOf(tensor: TensorInfo): number {
    return byteSize(this.tensorMap.get(tensor.dataId));
  }

  /** Reports every native op to `listener` until it is replaced by `undefined`. */
  listen(listener: OpListener | undefined): void {
    this.#listener = listener;
  }

  /** TensorFlow's own element type of a tensor (a {@link TfType}), which TensorFlow.js may call by another name. */
  typeOf(tensor: TensorInfo): number {
    return this.tensorMap.get(tensor.dataId).dtype;
  }

  isBfloat16(tensor: TensorInfo): boolean {
    return this.typeOf(tensor) === TfType.bfloat16;
  }

  /** Runs a TensorFlow op as it is told: `attributes` must match the inputs' true types. */
  run(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[] {
    const ids = this.getInputTensorIds(inputs);
    const start = this.#listener === undefined ? 0 : performance.now();
    const results = this.binding.executeOp(name, attributes, ids, outputs);
    const duration = this.#listener === undefined ? 0 : performance.now() - start;
    const tensors = results.map((result) => this.createOutputTensor(result));
    this.#listener?.(name, start, duration, inputs, tensors);
    return tensors;
  }

  /** {@link run} for an op with one output. */
  runOne(name: string, attributes: readonly OpAttribute[], inputs: readonly TensorInfo[]): Tensor {
    return this.run(name, attributes, inputs, 1)[0]!;
  }

  /** `tensor` in bfloat16 or float32; a new handle, or the same tensor where it has that type already. */
  toType(tensor: Tensor, type: number): Tensor {
    const from = this.tensorMap.get(tensor.dataId).dtype;
    return from === type ? tensor : this.runOne('Cast', castAttributes(from, type), [tensor]);
  }

  #probeOneDnn(): boolean {
    const attributes = [
      typeAttr('T', TfType.float),
      intAttr('ksize', [1, 1, 1, 1]),
      intAttr('strides', [1, 1, 1, 1]),
      stringAttr('padding', 'VALID'),
      oneDnnKernel,
    ];
    const input = this.binding.createTensor([1, 1, 1, 1], TfType.float, new Float32Array(1));
    try {
      for (const { id } of this.binding.executeOp('_MklNativeAvgPool', attributes, [input], 1)) {
        this.binding.deleteTensor(id);
      }
      return true;
    } catch {
      return false;
    } finally {
      this.binding.deleteTensor(input);
    }
  }

  override createOutputTensor(metadata: TensorMetadata): Tensor {
    this.#count(byteSize(metadata));
    if (metadata.dtype !== TfType.bfloat16) return super.createOutputTensor(metadata);
    const tensor = super.createOutputTensor({ ...metadata, dtype: TfType.float });
    this.tensorMap.get(tensor.dataId).dtype = TfType.bfloat16;
    return tensor;
  }

  override executeSingleOutput(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
  ): Tensor {
    return this.executeMultipleOutputs(name, attributes, inputs, 1)[0]!;
  }

  override executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[] {
    const types = inputs.map((input) => this.tensorMap.get(input.dataId)?.dtype);
    if (!types.includes(TfType.bfloat16)) return this.run(name, attributes, inputs, outputs);
    if (BFLOAT16_OPS.has(name) && !types.includes(TfType.float)) {
      const inBfloat16 = attributes.map((attribute) =>
        attribute.name === 'T' ? typeAttr('T', TfType.bfloat16) : attribute,
      );
      return this.run(name, inBfloat16, inputs, outputs);
    }
    const widened = inputs.map((input, i) =>
      types[i] === TfType.bfloat16 ? this.toType(input as Tensor, TfType.float) : input,
    );
    const results = this.run(name, attributes, widened, outputs);
    for (const [i, tensor] of widened.entries()) if (tensor !== inputs[i]) (tensor as Tensor).dispose();
    return results;
  }

  override move(dataId: DataId, values: unknown, shape: number[], dtype: DataType, refCount: number): void {
    super.move(dataId, values, shape, dtype, refCount);
    this.#count(byteSize(this.tensorMap.get(dataId)));
  }

  override disposeData(dataId: DataId, force?: boolean): boolean {
    const data = this.tensorMap.has(dataId) ? this.tensorMap.get(dataId) : undefined;
    const gone = super.disposeData(dataId, force);
    if (gone && data !== undefined) this.#count(-byteSize(data));
    return gone;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#peakBytes) this.#peakBytes = this.#bytes;
  }

  override readSync(dataId: DataId): Float32Array | Int32Array | Uint8Array {
    const data = this.tensorMap.has(dataId) ? this.tensorMap.get(dataId) : undefined;
    if (data?.dtype !== TfType.bfloat16) return super.readSync(dataId);
    const [widened] = this.binding.executeOp(
      'Cast',
      castAttributes(TfType.bfloat16, TfType.float),
      [data.id],
      1,
    );
    const tensor = this.createOutputTensor(widened!);
    const values = super.readSync(tensor.dataId);
    tensor.dispose();
    return values;
  }
}

function byteSize({ shape, dtype }: { readonly shape: readonly number[]; readonly dtype: number }): number {
  const width = dtype === TfType.bfloat16 ? 2 : dtype === TfType.bool ? 1 : 4;
  return shape.reduce((size, extent) => size * extent, width);
}

function castAttributes(from: number, to: number): OpAttribute[] {
  return [typeAttr('SrcT', from), typeAttr('DstT', to), boolAttr('Truncate', false)];
}

function openNodeBackend(): new (binding: Binding, packageName: string) => OpenBackend {
  const require = createRequire(import.meta.url);
  // Node 23 dropped two helpers that tfjs-node still calls.
  const util = require('node:util');
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  // Not the package's index.js: it looks for a binding of its own and fails without one.
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  return require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js').NodeJSKernelBackend;
}
