import type { FileRequest } from './cached-file.ts';
import { type Download, download } from './download.ts';
import type { Hub } from './open-hub.ts';
import { partPath, removePart } from './part.ts';

interface DownloadableFile extends Omit<FileRequest, 'get' | 'discard'>, Omit<Download, 'part' | 'file'> {
  /** Describes the source in one line, at the commit that the server states. */
  readonly describe: (commit: string | undefined) => string;
}

/** A file for the cache that is downloaded from a web server. */
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
