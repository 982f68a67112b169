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

/** An output of a native op: a handle, its shape and TensorFlow's element type. */
interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The compiled binding: tfjs-node's C++ code on TensorFlow's eager C API. */
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

/** tfjs-node's record of a tensor. */
interface TensorData {
  readonly shape: number[];
  /** Element type, see {@link TfType}. */
  dtype: number;
  readonly id: number;
}

/** The addon that registers Podium's ops when it is loaded. */
export interface PodiumOps {
  /** Sets the number of threads of Podium's ops. */
  setThreads(count: number): void;
  /** Whether it has PodiumConv2DFilterGrad, which needs AVX512-BF16. */
  readonly hasBfloat16FilterGrad: boolean;
}

/** tfjs-node's backend with its private members, because precision has to be decided per op. */
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

/** Called after every native op; times are in milliseconds on the `performance` clock. */
export type OpListener = (
  name: string,
  start: number,
  duration: number,
  inputs: readonly TensorInfo[],
  outputs: readonly Tensor[],
) => void;

/** TensorFlow.js's ops that run in bfloat16 if all inputs are bfloat16: they move, compare or combine few values. */
const BFLOAT16_OPS: ReadonlySet<string> = new Set(
  (
    'Add AddV2 AddN BatchToSpaceND ConcatV2 Maximum MaxPool Minimum Mul MirrorPad Neg Pack PadV2 Relu Relu6 Reshape ' +
    'ReverseV2 Slice SpaceToBatchND Split SplitV StridedSlice Sub Tile Transpose Unpack ZerosLike'
  ).split(' '),
);

const NodeBackend: new (binding: Binding, packageName: string) => OpenBackend = openNodeBackend();

/**
 * tfjs-node's backend, extended by bfloat16.
 *
 * TensorFlow.js has no 16-bit type: to it, a bfloat16 tensor is `float32`, and this class keeps the actual type.
 * Podium's kernels check {@link isBfloat16} and call {@link run}. TensorFlow.js's kernels run in bfloat16 where that is
 * safe ({@link BFLOAT16_OPS} with all inputs bfloat16); otherwise their inputs are cast to float32. Reading gives
 * float32.
 */
export class NativeBackend extends NodeBackend {
  /** Whether oneDNN's kernels can be run by name: on CPUs, in builds of TensorFlow that have them. */
  readonly hasOneDnn: boolean;
  /** Whether Podium's ops (native/ops) are available: on CPUs, if they could be compiled. */
  readonly hasPodiumOps: boolean;
  /** Whether PodiumConv2DFilterGrad, the bfloat16 filter gradient, is available. */
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

  /** Bytes of all tensors. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Maximum of {@link bytes} since {@link resetPeakBytes}. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  resetPeakBytes(): void {
    this.#peakBytes = this.#bytes;
  }

  /** Bytes of a tensor: two per value in bfloat16. */
  bytesOf(tensor: TensorInfo): number {
    return byteSize(this.tensorMap.get(tensor.dataId));
  }

  /** Calls `listener` for every native op; `undefined` ends that. */
  listen(listener: OpListener | undefined): void {
    this.#listener = listener;
  }

  /** The actual element type of a tensor, see {@link TfType}. */
  typeOf(tensor: TensorInfo): number {
    return this.tensorMap.get(tensor.dataId).dtype;
  }

  isBfloat16(tensor: TensorInfo): boolean {
    return this.typeOf(tensor) === TfType.bfloat16;
  }

  /** Runs a TensorFlow op; `attributes` must match the actual types of the inputs. */
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

  /** Casts to bfloat16 or float32; returns the tensor itself if it has that type. */
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
  // Not the package's index.js, which requires the package's own binding.
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  return require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js').NodeJSKernelBackend;
}
