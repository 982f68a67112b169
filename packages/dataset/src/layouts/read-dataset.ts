import { PodiumError } from '@podium/core';
import {
  type CompetitionFolder,
  type FolderOptions,
  ignoredImages,
  openFolder,
} from '../folder/open-folder.ts';
import { otherTables, packedTables } from '../folder/table-roles.ts';
import { trainTables } from './csv/csv-settings.ts';
import { layouts } from './index.ts';
import type { DatasetDescription, Detection, ReadOptions } from './layout.ts';

const MIN_CONFIDENCE = 0.4;
/** If two layouts are closer than this, choosing one would be a guess, and a wrong guess costs a training run. */
const MIN_LEAD = 0.1;

/** From this confidence on, a table that cannot be read belongs to something else. */
const SURE = 0.6;

/** The layouts that a folder may have, the best first. */
export interface Recognition {
  /** Undefined if no layout fits, or more than one. */
  readonly layout: string | undefined;
  readonly candidates: readonly (Detection & { readonly layout: string })[];
}

export interface ReadDatasetOptions extends FolderOptions, ReadOptions {
  /** Default: recognized. */
  readonly layout?: string;
  /** The layout's settings; see `layouts.get(name).settings`. */
  readonly settings?: unknown;
}

/**
 * Recognizes the layout of a folder, from names and headers only.
 * @throws PodiumError `folder-outside-link`; `file-not-found` and other file errors
 */
export async function recognizeLayout(
  path: string,
  options: FolderOptions & Pick<ReadDatasetOptions, 'settings'> = {},
): Promise<Recognition> {
  return recognize(await openFolder(path, options), options.settings);
}

/** @param settings of the layout, if there are any: they may say which tables to look at, and how to read them */
async function recognize(folder: CompetitionFolder, settings?: unknown): Promise<Recognition> {
  const candidates: (Detection & { layout: string })[] = [];
  for (const layout of layouts) {
    candidates.push({ layout: layout.name, ...(await layout.detect(folder, settings)) });
  }
  candidates.sort((a, b) => b.confidence - a.confidence || (a.layout < b.layout ? -1 : 1));
  const [first, second] = candidates;
  const isClear =
    first !== undefined &&
    first.confidence >= MIN_CONFIDENCE &&
    first.confidence - (second?.confidence ?? 0) >= MIN_LEAD;
  return { layout: isClear ? first.layout : undefined, candidates };
}

/**
 * Reads a competition folder: training rows with labels, test rows, and the format of the submission.
 * @throws PodiumError `layout-unrecognized` with what was found, `registry-unknown-name`, and the layout's errors
 *
 * @example
 * const data = await readDataset('data/masks');
 * const inGroups = await readDataset('data/xrays', { layout: 'csv', settings: { group: 'patient_id' } });
 */
export async function readDataset(
  path: string,
  options: ReadDatasetOptions = {},
): Promise<DatasetDescription & { readonly recognition?: Recognition }> {
  const folder = await openFolder(path, options);
  if (options.layout !== undefined) return readAs(options.layout, folder, options);
  const recognition = await recognize(folder, options.settings);
  const { layout, candidates } = recognition;
  const [best] = candidates;
  const problem = candidates.find((candidate) => candidate.problem !== undefined)?.problem;
  // A table that cannot be read may have the labels that folders seem to have.
  if (problem !== undefined && (layout === undefined || best!.confidence < SURE)) throw problem;
  if (layout === undefined) return unrecognized(folder, recognition);
  const description = await readAs(layout, folder, options);
  const reason = best!.evidence.join('; ');
  const decisions = [{ key: 'data.layout', value: layout, reason }, ...(description.decisions ?? [])];
  return { ...description, decisions, recognition };
}

async function readAs(
  name: string,
  folder: CompetitionFolder,
  options: ReadDatasetOptions,
): Promise<DatasetDescription> {
  const read = await layouts.get(name).read(folder, options.settings, options);
  return { ...read, omissions: [...(read.omissions ?? []), ...ignoredImages(folder)] };
}

function unrecognized(folder: CompetitionFolder, { candidates }: Recognition): never {
  // A layout without confidence may still have a reason: a table that cannot be read.
  const evidence = candidates
    .filter((candidate) => candidate.evidence.length > 0)
    .map(
      ({ layout, confidence, evidence: clauses }) =>
        `${layout} (${confidence.toFixed(2)}: ${clauses.join('; ')})`,
    );
  const packed = packedTables(folder);
  const [other] = otherTables(folder);
  const counts = `${folder.images.length} images and ${folder.tables.length} tables`;
  throw new PodiumError({
    code: 'layout-unrecognized',
    message: 'the layout of this folder was not recognized',
    path: { file: folder.given },
    expected: layouts.names(),
    got: evidence.length > 0 ? evidence.join(', ') : counts,
    fix:
      packed.length > 0
        ? `unpack ${packed.join(' and ')}`
        : other !== undefined && trainTables(folder).length === 0
          ? `export ${other} as CSV in UTF-8, with one row per image`
          : folder.images.length === 0
            ? 'the folder has no images: unpack them into it, or name the folder that contains them'
            : evidence.length > 0 && !candidates.some(({ confidence }) => confidence > 0)
              ? 'correct the table, or name the layout in the settings (data.layout)'
              : 'name the layout in the settings (data.layout), with its options (data.options)',
  });
}
