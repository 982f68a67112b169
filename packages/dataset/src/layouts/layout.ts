import type { Decision, Omission, PodiumError, PredictionTask } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { z } from 'zod';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import type { TableOptions } from '../tables/read-table.ts';
import { OPTIONS } from './notes.ts';

export type Split = 'train' | 'test';

/** A row of a table whose image is missing. */
export interface MissingImage {
  readonly id: string;
  readonly split: Split;
  /** The table, relative to the root, and the line. */
  readonly table: string;
  readonly line: number;
}

/** A column that may group rows, found while no group is set. */
export interface PossibleGroup {
  readonly table: string;
  readonly column: string;
  /** Number of different values, of which some repeat. */
  readonly groups: number;
  readonly rows: number;
  /** Whether the rows are grouped by it, although no setting says so. */
  readonly isChosen?: boolean;
}

/** The columns of a submission. */
export interface SubmissionFormat {
  /** The sample submission, relative to the root. */
  readonly path: string;
  readonly idColumn: string;
  /** All other columns with a name, in order. */
  readonly valueColumns: readonly string[];
  /** How the settings say that the sample is read, if they do. */
  readonly reading?: Pick<TableOptions, 'encoding' | 'delimiter' | 'header'>;
}

/** A competition's data, as a layout reads it from a folder: what checks, folds and loaders work on. */
export interface DatasetDescription {
  readonly layout: string;
  /** Absolute, links resolved. The paths of all rows are relative to it. */
  readonly root: string;
  readonly heads: readonly Head[];
  readonly train: readonly ManifestRow[];
  /** Rows with an image and without a label, which a layout keeps out of `train`; also among its omissions. */
  readonly unlabeled?: readonly ManifestRow[];
  /** In the order of the sample submission, if there is one. `labels` is usually empty. */
  readonly test: readonly ManifestRow[];
  readonly submission?: SubmissionFormat;
  /** Rows without an image; neither in `train` nor in `test`. */
  readonly missing: readonly MissingImage[];
  /** Images that no row names, relative to the root. */
  readonly unlisted: readonly string[];
  /** What the layout chose because no setting says it: tables, columns, the task. */
  readonly decisions?: readonly Decision[];
  /** What it left out: rows without an image or a label, tables that are not read. */
  readonly omissions?: readonly Omission[];
  /** Columns that may group rows, while no setting names a group; a check reports them if none was chosen. */
  readonly possibleGroups?: readonly PossibleGroup[];
}

/** How well a folder matches a layout, and why. */
export interface Detection {
  /** From 0 (certainly not) to 1 (certainly). */
  readonly confidence: number;
  /** Short clauses: `train.csv has the columns id, label`. */
  readonly evidence: readonly string[];
  /** Why the layout cannot be recognized although the folder seems to have it: a table that cannot be read. */
  readonly problem?: PodiumError;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** What the competition's metric can score, if known: one or several labels per image. */
  readonly tasks?: readonly PredictionTask[];
}

/** One way in which competitions ship images and labels. */
export interface Layout {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** The schema of its settings; every key has a description. */
  readonly settings: z.ZodObject;
  /**
   * Looks only at names, headers and first rows. Never throws if a folder has another layout.
   * @param settings of any layout: those that this one has and that are valid count
   */
  readonly detect: (folder: CompetitionFolder, settings?: unknown) => Promise<Detection>;
  /**
   * Reads the folder.
   * @param settings an object; undefined or null for the defaults
   * @throws PodiumError `layout-settings` for invalid settings, and others for bad data
   */
  readonly read: (
    folder: CompetitionFolder,
    settings: unknown,
    options?: ReadOptions,
  ) => Promise<DatasetDescription>;
}

/** Defines a layout. Its `read` gets settings that were checked against its schema. */
export function defineLayout<Settings extends z.ZodObject>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly settings: Settings;
  readonly detect: (folder: CompetitionFolder, settings: z.output<Settings>) => Promise<Detection>;
  readonly read: (
    folder: CompetitionFolder,
    settings: z.output<Settings>,
    options: ReadOptions,
  ) => Promise<DatasetDescription>;
}): Layout {
  const { settings: schema, detect, read } = definition;
  return {
    ...definition,
    detect: async (folder, settings) => detect(folder, validSettings(schema, settings)),
    read: async (folder, settings, options = {}) => {
      const given = settings ?? {};
      const valid = parseSettings(schema, given, { prefix: OPTIONS, code: 'layout-settings' });
      const description = await read(folder, valid, options);
      return { ...description, decisions: [...(description.decisions ?? []), ...defaultsOf(given, valid)] };
    },
  };
}

/** Settings that nobody gave and that have a value all the same. */
function defaultsOf(given: object, valid: Readonly<Record<string, unknown>>): Decision[] {
  return Object.entries(valid).flatMap(([key, value]) =>
    value === undefined || Reflect.get(given, key) !== undefined
      ? []
      : [
          {
            key: `${OPTIONS}.${key}`,
            value: typeof value === 'string' ? value : JSON.stringify(value),
            reason: 'the default',
          },
        ],
  );
}

/** The settings that a layout has and that are valid; recognition comes before they are checked. */
function validSettings<Settings extends z.ZodObject>(schema: Settings, given: unknown): z.output<Settings> {
  const entries = typeof given === 'object' && given !== null ? Object.entries(given) : [];
  const valid = entries.filter(([key, value]) => {
    const own = Object.hasOwn(schema.shape, key) ? (schema.shape[key] as z.ZodType) : undefined;
    return own?.safeParse(value).success === true;
  });
  return schema.parse(Object.fromEntries(valid));
}
