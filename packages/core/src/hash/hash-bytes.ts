import { createHash } from 'node:crypto';
import { PodiumError } from '../errors.ts';

/** SHA-256 of the bytes, or of a string's UTF-8, as 64 hexadecimal digits. */
export function hashBytes(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * The first 12 digits of a hash (48 bits), for display. Compare full hashes.
 * @throws PodiumError `hash-malformed` unless `hash` is 64 hexadecimal digits.
 */
export function shortHash(hash: string): string {
  if (/^[0-9a-f]{64}$/.test(hash)) return hash.slice(0, 12);
  throw new PodiumError({
    code: 'hash-malformed',
    message: 'not a SHA-256 hash',
    expected: '64 lowercase hexadecimal digits',
    got: JSON.stringify(hash),
    fix: 'pass the result of hashBytes, hashFile or hashValue',
  });
}
