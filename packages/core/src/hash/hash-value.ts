import { PodiumError } from '../errors.ts';
import { littleEndianBytes, type TypedArray } from './bytes.ts';
import { hashBytes } from './hash-bytes.ts';

/** Deeper than any settings, and well within the stack. */
const MAX_DEPTH = 200;

/**
 * SHA-256 of a JSON-like value's {@link canonicalText}, as 64 hexadecimal digits.
 * @throws PodiumError `hash-unsupported`, as `canonicalText` does.
 */
export function hashValue(value: unknown): string {
  return hashBytes(canonicalText(value));
}

/**
 * The canonical text of a JSON-like value: equal values have equal texts, different values have different ones.
 *
 * JSON values are written according to RFC 8785: keys in the order of their UTF-16 code units, no spaces, shortest
 * numbers, so `{b: 1, a: 2}` equals `{a: 2, b: 1.0}`, and 0 equals -0. In addition:
 * - a typed array is written as its type, its length and the SHA-256 of its little-endian bytes, in a form that is not
 *   JSON; its elements are compared bit by bit, and a Buffer equals a Uint8Array;
 * - Infinity and -Infinity are written as such;
 * - a key with the value undefined counts as absent.
 * @throws PodiumError `hash-unsupported` naming the key of anything else: NaN, undefined in a list, functions, symbols,
 * bigints, dates, maps, sets, class instances, cycles, nesting deeper than 200.
 */
export function canonicalText(value: unknown): string {
  return write(value, '', []);
}

function write(value: unknown, path: string, ancestors: readonly object[]): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (Number.isNaN(value)) fail(path, 'NaN', 'NaN is not equal to itself, so it cannot be part of a key');
      return Number.isFinite(value) ? JSON.stringify(value) : String(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, path, ancestors);
    default:
      return fail(path, value === undefined ? 'undefined' : `a ${typeof value}`);
  }
}

function writeObject(value: object, path: string, ancestors: readonly object[]): string {
  if (isTypedArray(value)) {
    const type = Object.prototype.toString.call(value).slice('[object '.length, -1);
    return `${type}(${value.length}:${hashBytes(littleEndianBytes(value))})`;
  }
  if (ancestors.includes(value)) fail(path, 'an object that contains itself');
  if (ancestors.length >= MAX_DEPTH) fail(path, `nesting deeper than ${MAX_DEPTH}`);
  const inside = [...ancestors, value];
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item, i) => write(item, `${path}[${i}]`, inside)).join(',')}]`;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    fail(path, `an instance of ${value.constructor?.name ?? 'a class'}`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) fail(path, 'an object with symbol keys');
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = entries.map(
    ([key, item]) => `${JSON.stringify(key)}:${write(item, path === '' ? key : `${path}.${key}`, inside)}`,
  );
  return `{${texts.join(',')}}`;
}

function isTypedArray(value: object): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function fail(path: string, got: string, why?: string): never {
  throw new PodiumError({
    code: 'hash-unsupported',
    message: `this value cannot be hashed${why === undefined ? '' : ` (${why})`}`,
    ...(path !== '' && { path: { key: path } }),
    expected: 'null, a boolean, a number, a string, a typed array, or a list or plain object of these',
    got,
    fix: 'convert it to one of these first, or leave it out',
  });
}
