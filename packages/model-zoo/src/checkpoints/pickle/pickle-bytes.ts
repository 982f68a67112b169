import { damaged, unsafe } from '@podium/nn/checkpoint-files';

/** Longest allowed name of a module or class. */
const MAX_NAME_BYTES = 512;
/** Longest allowed string or byte string. Real checkpoints contain keys and sometimes a configuration. */
const MAX_STRING_BYTES = 2 ** 24;
/** Longest allowed integer. States of random generators have a few hundred bytes. */
const MAX_INTEGER_BYTES = 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads the arguments of a pickle, never beyond its end. */
export class PickleBytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  uint8(): number {
    return this.#view.getUint8(this.#step(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#step(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#step(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  /** A length. One that is not a safe integer is beyond the end of any file. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#step(8), true));
  }

  /** Only floats are big-endian in pickles. */
  float64(): number {
    return this.#view.getFloat64(this.#step(8), false);
  }

  /** A little-endian two's complement integer, as a number if that is exact. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) {
      unsafe('the pickle has an integer that is too long for a checkpoint', {
        expected: `at most ${MAX_INTEGER_BYTES} bytes`,
        got: `${length} bytes`,
      });
    }
    const start = this.#step(length);
    // Via hexadecimal digits: shifting a bigint byte by byte takes quadratic time.
    const digits = Buffer.from(this.#bytes.subarray(start, start + length))
      .reverse()
      .toString('hex');
    const value = BigInt.asIntN(8 * length, BigInt(`0x0${digits}`));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  text(length: number): string {
    const bytes = this.#string(length);
    try {
      return utf8.decode(bytes);
    } catch {
      return damaged('the pickle has a string that is not UTF-8');
    }
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#string(length));
  }

  /** A name, up to the next line feed. */
  line(): string {
    const end = this.#bytes.subarray(0, this.position + MAX_NAME_BYTES).indexOf(0x0a, this.position);
    if (end < 0) damaged('the pickle has a name without an end');
    const text = this.text(end - this.position);
    this.position++;
    return text;
  }

  /** Checks that a frame of the pickle is complete. */
  frame(length: number): void {
    if (length > this.#bytes.length - this.position) truncated();
  }

  #string(length: number): Uint8Array {
    if (length > MAX_STRING_BYTES) {
      unsafe('the pickle has a string that is too long for a checkpoint', {
        expected: `at most ${MAX_STRING_BYTES} bytes`,
        got: `${length} bytes`,
      });
    }
    const start = this.#step(length);
    return this.#bytes.subarray(start, start + length);
  }

  #step(length: number): number {
    const start = this.position;
    if (length > this.#bytes.length - start) truncated();
    this.position = start + length;
    return start;
  }
}

function truncated(): never {
  damaged('the pickle is truncated');
}
