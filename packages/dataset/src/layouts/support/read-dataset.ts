import { PodiumError } from '@podium/core';
import { layouts } from '../index.ts';
import { type CompetitionFolder, type FolderOptions, openFolder } from './folder.ts';
import type { DatasetDescription, Detection, ReadOptions } from './types.ts';

const LEAST_CONFIDENCE = 0.4;
/** Two layouts this near each other are a guess, and a wrong guess costs a training run. */
const CLEAR_LEAD = 0.1;

/** What a folder looks like: the best layout first. */
export interface Recognition {
  /** Undefined where no layout, or more than one, fits. */
  readonly layout: string | undefined;
  readonly candidates: readonly (Detection & { readonly layout: string })[];
}

export interface ReadDatasetOptions extends FolderOptions, ReadOptions {
  /** Default: recognized by looking. */
  readonly layout?: string;
  /** The layout's settings, an object; each layout says which it has. */
  readonly settings?: unknown;
}

/**
 * Says which layout a folder has and why. Looks at names and headers only.
 * @throws PodiumError `file-not-found` and its kin, `folder-outside-link`.
 */
export async function recognizeLayout(path: string, options: FolderOptions = {}): Promise<Recognition> {
  return recognize(await openFolder(path, options));
}

async function recognize(folder: CompetitionFolder): Promise<Recognition> {
  const candidates: (Detection & { layout: string })[] = [];
  for (const layout of layouts) candidates.push({ layout: layout.name, ...(await layout.detect(folder)) });
  candidates.sort((a, b) => b.confidence - a.confidence || (a.layout < b.layout ? -1 : 1));
  const [first, second] = candidates;
  const clear =
    first !== undefined &&
    first.confidence >= LEAST_CONFIDENCE &&
    first.confidence - (second?.confidence ?? 0) >= CLEAR_LEAD;
  return { layout: clear ? first.layout : undefined, candidates };
}

/**
 * Reads a competition folder: rows with labels, test rows, the submission's format.
 * @throws PodiumError `layout-unrecognized` with what was seen, `registry-unknown-name`, and what the layout throws.
 */
export async function readDataset(
  path: string,
  options: ReadDatasetOptions = {},
): Promise<DatasetDescription & { readonly recognition?: Recognition }> {
  if (options.layout !== undefined) {
    const layout = layouts.get(options.layout);
    return layout.read(await openFolder(path, options), options.settings, options);
  }
  const folder = await openFolder(path, options);
  const recognition = await recognize(folder);
  if (recognition.layout === undefined) unrecognized(folder, recognition);
  const layout = layouts.get(recognition.layout);
  return { ...(await layout.read(folder, options.settings, options)), recognition };
}

function unrecognized(folder: CompetitionFolder, { candidates }: Recognition): never {
  // A layout that found nothing may still say what kept it: a table that cannot be read.
  const seen = candidates
    .filter(({ evidence }) => evidence.length > 0)
    .map(
      ({ layout, confidence, evidence }) => `${layout} (${confidence.toFixed(2)}: ${evidence.join('; ')})`,
    );
  const counts = `${folder.images.length} images and ${folder.tables.length} tables`;
  throw new PodiumError({
    code: 'layout-unrecognized',
    message: 'it is not clear how this folder is laid out',
    path: { file: folder.given },
    expected: layouts.names(),
    got: seen.length > 0 ? seen.join(', ') : counts,
    fix:
      folder.images.length === 0
        ? 'this folder has no images: unpack them below it, or name the folder that has them'
        : seen.length > 0 && !candidates.some(({ confidence }) => confidence > 0)
          ? 'settle what is said about the table, or name the layout in the settings (layout)'
          : 'name the layout in the settings (layout), with the options that it needs',
  });
}
