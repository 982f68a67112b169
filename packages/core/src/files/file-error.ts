import { PodiumError, type Problem } from '../errors.ts';

/**
 * What the operating system said about a file, as an error that says what to do: `file-not-found`,
 * `file-not-readable`, `file-not-writable`, `file-is-folder`, `file-name-too-long`, `disk-full`, or `file-failed`
 * for what is rarer. Errors that are not the operating system's come back as they are.
 */
export function fileError(error: unknown, file: string, action: 'read' | 'write'): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error;
  return new PodiumError({ ...describe(String(error.code), action), path: { file } }, { cause: error });
}

function describe(code: string, action: 'read' | 'write'): Problem {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return action === 'read'
        ? {
            code: 'file-not-found',
            message: 'there is no such file',
            fix: 'check the path, or create the file',
          }
        : {
            code: 'file-not-found',
            message: 'its folder does not exist',
            fix: 'create the folder, or check the path',
          };
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return action === 'read'
        ? {
            code: 'file-not-readable',
            message: 'the file may not be read',
            fix: 'give yourself permission to read it',
          }
        : {
            code: 'file-not-writable',
            message:
              code === 'EROFS'
                ? 'the file system is mounted read-only'
                : 'the folder or the file may not be written',
            fix: 'choose another place, or give yourself permission to write there',
          };
    case 'EISDIR':
      return {
        code: 'file-is-folder',
        message: 'this is a folder',
        expected: 'a file',
        fix: 'name a file in it',
      };
    case 'ENAMETOOLONG':
      return {
        code: 'file-name-too-long',
        message: 'the file system allows no name this long',
        fix: 'shorten it',
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        code: 'disk-full',
        message: code === 'EDQUOT' ? 'your disk quota is used up' : 'the disk is full',
        fix: 'free some space there, or choose another place; nothing was left half-written',
      };
    default:
      return {
        code: 'file-failed',
        message: `the file could not be ${action === 'read' ? 'read' : 'written'} (${code})`,
      };
  }
}
