import { lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  createFile,
  inFolder,
  openFile,
  PodiumError,
  readBytes,
  removeFile,
  writeFileAtomic,
} from '@podium/core';
import { fileSystemTime } from '../store/clock.ts';
import { systemCode } from '../store/failure.ts';
import { OWN } from '../store/layout.ts';
import type { ObjectStat, Objects } from './objects.ts';

const TEMPORARY = /^\.podium-.*\.tmp$/;
const MAX_READ_BYTES = 2 ** 28;

/**
 * Objects as files below a folder, which may be shared by machines (NFS).
 * @throws PodiumError `file-not-writable`, `disk-full`, `link-refused`
 */
export function folderObjects(folder: string): Objects {
  const root = resolve(folder);
  const options = { root, ...OWN };
  const at = (path: string) => join(root, ...path.split('/'));
  const stat = async (path: string): Promise<ObjectStat | undefined> => {
    const found = await lstat(at(path)).catch(unlessAbsent);
    if (found === undefined) return undefined;
    return { size: found.size, ageMs: Math.max(0, (await now(root)) - found.mtimeMs) };
  };
  return {
    name: folder,
    stat,
    read: (path) => readBytes(at(path), { root, maxBytes: MAX_READ_BYTES }).catch(unlessAbsent),
    stream: async (path) => {
      const found = await lstat(at(path)).catch(unlessAbsent);
      return found === undefined ? undefined : streamOf(at(path), root);
    },
    write: async (path, bytes, { ifAbsent = false } = {}) => {
      await mkdir(root, { recursive: true, mode: OWN.mode });
      if (!ifAbsent) {
        await writeFileAtomic(at(path), bytes, options);
        return true;
      }
      return createFile(at(path), bytes, { ...options, flush: true });
    },
    writeFile: async (path, file) => {
      await mkdir(root, { recursive: true, mode: OWN.mode });
      await writeFileAtomic(at(path), await streamOf(file), options);
    },
    remove: async (path) => {
      await removeFile(at(path), { root });
    },
    async *list(prefix) {
      const nowMs = await now(root);
      for (const path of await below(root, prefix.replace(/\/$/, ''))) {
        const found = await lstat(at(path)).catch(unlessAbsent);
        if (found?.isFile()) yield { path, size: found.size, ageMs: Math.max(0, nowMs - found.mtimeMs) };
      }
    },
  };
}

async function streamOf(path: string, root?: string): Promise<AsyncIterable<Uint8Array>> {
  const handle = await openFile(path, root === undefined ? {} : { root });
  return handle.createReadStream() as AsyncIterable<Uint8Array>;
}

async function below(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  const items = await inFolder(root, folder, ({ self }) => readdir(self, { withFileTypes: true })).catch(
    unlessAbsent,
  );
  for (const item of items ?? []) {
    const path = `${folder}/${item.name}`;
    if (item.isDirectory()) found.push(...(await below(root, path)));
    else if (!TEMPORARY.test(item.name)) found.push(path);
  }
  return found.sort();
}

/** The time of the disk that holds the folder. */
async function now(root: string): Promise<number> {
  const ns = await fileSystemTime(dirname(join(root, 'x')));
  if (ns !== undefined) return Number(ns / 1_000_000n);
  throw new PodiumError({
    code: 'file-not-writable',
    path: { file: root },
    message: 'the folder of artifacts is not writable',
    fix: 'make it writable, or choose another one',
  });
}

function unlessAbsent(error: unknown): undefined {
  const isAbsent =
    systemCode(error) === 'ENOENT' || (error instanceof PodiumError && error.code === 'file-not-found');
  if (!isAbsent && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
