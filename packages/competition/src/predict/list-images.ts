import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { compareCodeUnits, fileError, kindOfFile, PodiumError, walkFolder } from '@podium/core';
import { hasImageExtension, type ManifestRow } from '@podium/dataset';

/** Images to predict: a folder that contains them all, and one row per image. */
export interface ImageList {
  /** Absolute. */
  readonly root: string;
  readonly rows: readonly ManifestRow[];
}

/**
 * Lists images: files as given, and folders with everything below them, except hidden files. Links in a folder are followed
 * as long as they stay in it. Ids are paths relative to the one folder that was given, or else to the folder that contains all
 * images; sorted by code units.
 * @throws PodiumError what `walkFolder` throws, `predict-no-images`, `predict-not-an-image`
 */
export async function listImages(given: readonly string[]): Promise<ImageList> {
  const files: string[] = [];
  let onlyFolder: string | undefined;
  for (const path of given) {
    const absolute = resolve(path);
    const found = await stat(absolute).catch((error: unknown) => {
      throw fileError(error, path, 'read');
    });
    if (found.isDirectory()) {
      if (given.length === 1) onlyFolder = absolute;
      const walked = await walkFolder(absolute, {
        leavesOut: (name) => name.startsWith('.'),
        advice: 'name images instead of the folder',
      });
      for (const file of walked.files) if (hasImageExtension(file)) files.push(join(absolute, file));
    } else if (hasImageExtension(path) && found.isFile()) files.push(absolute);
    else {
      throw new PodiumError({
        code: 'predict-not-an-image',
        path: { file: path },
        expected: 'a folder, or a file that is named like an image (jpg, png, webp, ...)',
        got: found.isFile() ? JSON.stringify(basename(path)) : kindOfFile(found),
      });
    }
  }
  const unique = [...new Set(files)];
  if (unique.length === 0) {
    throw new PodiumError({
      code: 'predict-no-images',
      path: { file: given.join(', ') },
      message: 'there are no images here',
      fix: 'name a folder with images (jpg, png, webp, ...), or images',
    });
  }
  const root = onlyFolder ?? common(unique.map((file) => dirname(file)));
  const ids = unique.map((file) => relative(root, file).split(sep).join('/'));
  // Not in the folder's own order, which differs between file systems.
  ids.sort(compareCodeUnits);
  return {
    root,
    rows: ids.map((id) => ({
      id,
      labels: {},
      weight: 1,
      provenance: { kind: 'true' },
      image: { kind: 'file', path: id },
    })),
  };
}

function common(folders: readonly string[]): string {
  let [root] = folders as readonly [string];
  for (const folder of folders) {
    while (folder !== root && !folder.startsWith(root.endsWith(sep) ? root : root + sep))
      root = dirname(root);
  }
  return root;
}
