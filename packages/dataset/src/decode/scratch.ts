/** Larger arrays are not kept. In bytes. */
const MAX_KEPT = 2 ** 24;

const kept: ArrayBuffer[] = [];

/**
 * Memory for bytes that are soon read and forgotten, with any content. New memory costs a fifth of decoding an image, since the
 * kernel clears it.
 */
export function takeScratch(bytes: number): Uint8Array {
  const found = kept.pop();
  const buffer = found === undefined || found.byteLength < bytes ? new ArrayBuffer(bytes) : found;
  return new Uint8Array(buffer, 0, bytes);
}

/** Gives back what `takeScratch` returned; nobody may use it afterwards. */
export function giveScratch({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength <= MAX_KEPT) kept.push(buffer);
}
