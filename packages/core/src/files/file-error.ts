import { PodiumError, type Problem } from '../errors.ts';

/**
 * Turns an operating system error about a file into a PodiumError with a fix: `file-not-found`, `file-not-readable`,
 * `file-not-writable`, `file-is-folder`, `file-name-too-long`, `disk-full`, or `file-failed` for anything else. Other
 * errors are returned unchanged.
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
            message: 'no such file',
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
            message: 'permission to read the file is denied',
            fix: 'give yourself permission to read it',
          }
        : {
            code: 'file-not-writable',
            message:
              code === 'EROFS'
                ? 'the file system is mounted read-only'
                : 'permission to write the file or its folder is denied',
            fix: 'choose another folder, or give yourself permission to write there',
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
        message: 'the name is too long for the file system',
        fix: 'shorten it',
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        code: 'disk-full',
        message: code === 'EDQUOT' ? 'your disk quota is used up' : 'the disk is full',
        fix: 'free some space, or choose another folder; no partial file was left behind',
      };
    default:
      return {
        code: 'file-failed',
        message: `the file could not be ${action === 'read' ? 'read' : 'written'} (${code})`,
      };
  }
}
