import { type DataId, type DataType, KernelBackend, type TensorInfo } from '@tensorflow/tfjs-core';

/** A TensorFlow.js backend whose tensors have shapes but no values, like PyTorch's `meta` device. */
export class MetaBackend extends KernelBackend {
  /** Multiply-adds of its convolutions and matrix products. */
  multiplyAdds = 0;
  /** Called with the data of each input of a kernel. */
  onRead: ((data: DataId) => void) | undefined;
  #ids = 0;

  /** A new output of a kernel. */
  output(shape: readonly number[], dtype: DataType): TensorInfo {
    this.#ids++;
    return { dataId: {}, shape: [...shape], dtype };
  }

  override write(): DataId {
    this.#ids++;
    return {};
  }

  override move(): void {
    this.#ids++;
  }

  override readSync(): never {
    throw new Error('tensors on the meta backend have no values');
  }

  override async read(): Promise<never> {
    return this.readSync();
  }

  override disposeData(): boolean {
    this.#ids--;
    return true;
  }

  override incRef(): void {}

  override refCount(): number {
    return 1;
  }

  override numDataIds(): number {
    return this.#ids;
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
