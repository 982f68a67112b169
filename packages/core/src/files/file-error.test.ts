import { expect, test } from 'vitest';
import { PodiumError } from '../errors.ts';
import { fileError } from './file-error.ts';

const systemError = (code: string) => Object.assign(new Error(code), { code, syscall: 'write', errno: -1 });

test.each([
  ['ENOENT', 'read', 'file-not-found'],
  ['ENOTDIR', 'write', 'file-not-found'],
  ['EACCES', 'read', 'file-not-readable'],
  ['EPERM', 'write', 'file-not-writable'],
  ['EROFS', 'write', 'file-not-writable'],
  ['EISDIR', 'read', 'file-is-folder'],
  ['ENAMETOOLONG', 'write', 'file-name-too-long'],
  ['ENOSPC', 'write', 'disk-full'],
  ['EDQUOT', 'write', 'disk-full'],
  ['EIO', 'read', 'file-failed'],
] as const)('%s while it is %s is %s', (errno, action, code) => {
  const cause = systemError(errno);
  const error = fileError(cause, 'a/b.csv', action) as PodiumError;
  expect(error).toBeInstanceOf(PodiumError);
  expect(error.code).toBe(code);
  expect(error.cause).toBe(cause);
  expect(error.message).toMatch(/^a\/b\.csv: /);
});

test.each([new TypeError('x'), new PodiumError({ code: 'x' }), 'a string', undefined])(
  'what the operating system did not say comes back as it is: %s',
  (error) => {
    expect(fileError(error, 'x', 'read')).toBe(error);
  },
);
