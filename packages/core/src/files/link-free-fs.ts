import { lstat, lutimes, mkdir, rmdir } from 'node:fs';

/** The functions that proper-lockfile needs of `fs`, but following no link at the end of a path. */
export const linkFreeFs: {
  readonly mkdir: typeof mkdir;
  readonly rmdir: typeof rmdir;
  readonly stat: typeof lstat;
  readonly utimes: typeof lutimes;
} = { mkdir, rmdir, stat: lstat, utimes: lutimes };
