import type { Stats } from 'node:fs';
import { PodiumError } from '../errors.ts';

type Kind = Pick<
  Stats,
  'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket' | 'isCharacterDevice' | 'isBlockDevice'
>;

/** What a path is: "a named pipe". */
export function kindOfFile(found: Kind): string {
  if (found.isFile()) return 'a file';
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe';
  if (found.isSocket()) return 'a socket';
  if (found.isCharacterDevice() || found.isBlockDevice()) return 'a device';
  return 'something else';
}

/** Says that a pipe, socket or device stands where a file is expected. */
export function specialFile(file: string, found: Kind): PodiumError {
  return new PodiumError({
    code: 'file-special',
    path: { file },
    expected: 'a file',
    got: kindOfFile(found),
    fix: 'name a file, or replace it by one',
  });
}
