import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  hashFile,
  hashValue,
  inFolder,
  inSubfolder,
  type OpenFolder,
  openFile,
  PodiumError,
} from '@podium/core';
import { concurrently } from '../concurrently.ts';
import { type OutputPort, type OutputPorts, outputPath } from '../stage/ports.ts';
import type { StoredFile, StoredOutput } from './manifest.ts';

const CONCURRENCY = 8;
/** What systems say that cannot flush a file or folder. */
const UNABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS', 'EISDIR']);

/**
 * Relative paths of files and folders below a folder, sorted; links are not followed.
 * @param root no link below it is on the way to the folder either
 */
export async function listBelow(
  folder: string,
  root: string = folder,
): Promise<{ readonly files: string[]; readonly folders: string[]; readonly others: string[] }> {
  const found = { files: [] as string[], folders: [] as string[], others: [] as string[] };
  const walk = async (below: string, opened: OpenFolder): Promise<void> => {
    for (const item of await readdir(opened.self, { withFileTypes: true })) {
      const path = below === '' ? item.name : `${below}/${item.name}`;
      if (item.isDirectory()) {
        found.folders.push(path);
        await inSubfolder(opened, item.name, (inside) => walk(path, inside));
      } else if (item.isFile()) found.files.push(path);
      else found.others.push(path);
    }
  };
  await inFolder(root, folder, (opened) => walk('', opened));
  for (const list of Object.values(found)) list.sort();
  return found;
}

/**
 * Checks that a stage wrote its declared outputs and nothing else, flushes them to disk, makes them read-only, and
 * hashes them.
 * @param root no link below it is followed
 * @throws PodiumError `stage-output-missing`, `stage-output-undeclared`, `stage-output-kind`
 */
export async function sealOutputs(
  stage: string,
  ports: OutputPorts,
  folder: string,
  root: string = folder,
): Promise<{ readonly outputs: Record<string, StoredOutput>; readonly files: StoredFile[] }> {
  const found = await listBelow(folder, root);
  checkDeclared(stage, ports, found);
  const files = await sealFiles(found, folder, root);
  const outputs = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => {
      const path = outputPath(name, port);
      const stored: StoredOutput = {
        kind: port.kind,
        type: port.type,
        path,
        sha256: hashOf(port, path, files),
      };
      return [name, stored];
    }),
  );
  return { outputs, files };
}

/**
 * Flushes files to disk, makes them read-only, and hashes them.
 * @param root no link below it is followed
 */
export async function sealFiles(
  found: { readonly files: string[]; readonly folders: string[] },
  folder: string,
  root: string,
): Promise<StoredFile[]> {
  const files = await concurrently(found.files, CONCURRENCY, async (path): Promise<StoredFile> => {
    const file = join(folder, path);
    const handle = await openFile(file, { root });
    try {
      await syncHandle(handle);
      await handle.chmod(0o444);
      const { size, mtimeMs } = await handle.stat();
      return { path, size, sha256: await hashFile(file), modifiedMs: Math.floor(mtimeMs) };
    } finally {
      await handle.close();
    }
  });
  for (const path of [...found.folders, '']) await sync(join(folder, path));
  return files;
}

/** As for sources, so that equal content has equal hashes. */
function hashOf({ kind }: OutputPort, path: string, files: readonly StoredFile[]): string {
  if (kind === 'file') return files.find((file) => file.path === path)?.sha256 ?? '';
  const inside = files.filter((file) => file.path.startsWith(`${path}/`));
  return hashValue(inside.map((file) => [file.path.slice(path.length + 1), file.sha256]));
}

function checkDeclared(
  stage: string,
  ports: OutputPorts,
  found: { readonly files: string[]; readonly folders: string[]; readonly others: string[] },
): void {
  const message = `the outputs of the stage "${stage}" differ from its definition`;
  const declared = new Map<string, OutputPort>();
  for (const [name, port] of Object.entries(ports)) {
    const path = outputPath(name, port);
    declared.set(path, port);
    const isFile = port.kind === 'file';
    if ((isFile ? found.files : found.folders).includes(path)) continue;
    const isOtherKind = (isFile ? found.folders : found.files).includes(path);
    throw new PodiumError({
      code: isOtherKind ? 'stage-output-kind' : 'stage-output-missing',
      message,
      path: { key: `outputs.${name}` },
      expected: `a ${port.kind} "${path}" in its output folder`,
      got: isOtherKind ? `a ${isFile ? 'folder' : 'file'}` : 'nothing',
    });
  }
  for (const path of [...found.files, ...found.folders, ...found.others]) {
    const [top = ''] = path.split('/');
    if (declared.has(top) && !found.others.includes(path)) continue;
    throw new PodiumError({
      code: 'stage-output-undeclared',
      message,
      expected: [...declared.keys()],
      got: `${JSON.stringify(path)}${found.others.includes(path) ? ', neither a file nor a folder' : ''}`,
      fix: 'declare it as an output, or write it to scratchFolder',
    });
  }
}

/** Flushes the names in a folder to disk, if the system allows it. */
export async function sync(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await syncHandle(handle);
  } catch (error) {
    if (!UNABLE.has(String((error as NodeJS.ErrnoException).code))) throw error;
  } finally {
    await handle?.close();
  }
}

async function syncHandle(handle: FileHandle): Promise<void> {
  await handle.sync().catch((error: NodeJS.ErrnoException) => {
    if (!UNABLE.has(String(error.code))) throw error;
  });
}
