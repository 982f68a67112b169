import { type Download, download } from './download.ts';
import type { FileRequest } from './cached-file.ts';
import { partPath, removePart } from './part.ts';
import type { Hub } from './open-hub.ts';

interface DownloadableFile extends Omit<FileRequest, 'get' | 'discard'>, Omit<Download, 'part' | 'file'> {
  /** The source in one line, at the commit that the server names. */
  readonly describe: (commit: string | undefined) => string;
}

/** A file for the cache that a web server has. */
export function downloadRequest(hub: Hub, file: DownloadableFile): FileRequest {
  return {
    ...file,
    get: async (target, signal) => {
      const path = partPath(target);
      const got = await download(hub, { ...file, part: path, file: file.name }, signal);
      return got === undefined ? undefined : { ...got, path, source: file.describe(got.commit) };
    },
    discard: async (target) => await removePart(partPath(target)),
  };
}
