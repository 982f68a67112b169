import type { Decision, Omission } from '@podium/core';
import {
  type CompetitionFolder,
  type ManifestRow,
  readManifest,
  withReading,
  writeManifest,
} from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import type { DuplicateSet, ImageName } from '@podium/pseudo-label';
import { z } from 'zod';
import { writeJson } from '../artifacts/json.ts';
import { inspectImages } from '../data/inspect-images.ts';
import { agreeingLabels } from '../external/external-labels.ts';
import { openExternalFolder, readExternalFolder } from '../external/read-external-folder.ts';
import { COMPETITION, resolveRoots, rootsOf, withRootName } from '../external/resolve-roots.ts';

/** What reading external folders found. */
export interface ExternalFindings {
  readonly sources: readonly {
    readonly name: string;
    /** Images that can be read, and those of them with labels that count. */
    readonly images: number;
    readonly labeled: number;
    /** Images that cannot be decoded, by id. */
    readonly unreadable: readonly string[];
    /** Labels that the competition does not know, and how many images have them. */
    readonly unknown: readonly { readonly head: string; readonly label: string; readonly images: number }[];
    /** What its layout chose, with keys of the settings: `external[0].options.label`. */
    readonly decisions: readonly Decision[];
    /** What its layout left out. */
    readonly omissions: readonly Omission[];
  }[];
  readonly duplicates: readonly DuplicateSet[];
}

const DUPLICATES = {
  'exact-duplicates': 'exact',
  'exact-duplicates-across-splits': 'exact',
  'near-duplicates': 'near',
  'near-duplicates-across-splits': 'near',
} as const;
const FAULTS = [
  'empty-images',
  'truncated-images',
  'unreadable-images',
  'oversized-images',
  // Guessed wrong, they would be black or white.
  'value-ranges',
];

/**
 * Reads folders of external images: labels where they are asked for and mean what the competition's do, and which images
 * show what an image of train, of test or of another source shows.
 */
export const readExternal = defineStage({
  name: 'read-external',
  version: '3',
  module: import.meta.url,
  warm: true,
  settings: z.strictObject({
    sources: z
      .array(
        z.strictObject({
          name: z.string(),
          labels: z.enum(['use', 'ignore']),
          layout: z.string().optional(),
          options: z.record(z.string(), z.json()).optional(),
          heads: z.record(z.string(), z.string()).optional(),
          allowOutsideLinks: z.boolean().default(false),
        }),
      )
      .min(1),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    external: { kind: 'folder', type: 'external', many: true },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
  },
  outputs: {
    rows: { kind: 'file', type: 'manifest', path: 'external.jsonl' },
    findings: { kind: 'file', type: 'external-findings', path: 'findings.json' },
  },
  needs: () => ({ cores: 2, memoryBytes: 1 << 30 }),
  run: async ({ settings, inputs, outputs, signal, report }) => {
    const { heads, rows: train } = await readManifest(inputs.train);
    const { rows: test } = await readManifest(inputs.test);
    const { sources } = settings;
    const names = sources.map(({ name }) => name);
    const read = [];
    for (const [i, source] of sources.entries()) {
      const folder = inputs.external[i]!;
      const { layout, options, allowOutsideLinks } = source;
      const listed = await openExternalFolder(folder, `external[${i}]`, { allowOutsideLinks });
      const described =
        (source.labels === 'ignore' && layout === undefined) || listed.files.length === 0
          ? undefined
          : await readExternalFolder(folder, `external[${i}]`, {
              layout,
              settings: options,
              allowOutsideLinks,
              signal,
            });
      const labeled =
        described === undefined
          ? { rows: allImages(listed), unknown: [] }
          : agreeingLabels(described, heads, source);
      const rows = withRootName(source.name, labeled.rows).map((row) => ({
        ...row,
        id: `${source.name}/${row.id}`,
        ...(row.group !== undefined && { group: `${source.name}/${row.group}` }),
        provenance: { kind: 'external', source: source.name } as const,
      }));
      const { decisions = [], omissions = [] } = described ?? {};
      read.push({ name: source.name, rows, unknown: labeled.unknown, decisions, omissions });
    }
    const all = read.flatMap(({ rows }) => rows);
    const roots = await resolveRoots(rootsOf(inputs.data, inputs.external, names));
    const found = await inspectImages(
      {
        layout: 'external',
        root: roots.root,
        heads: [],
        missing: [],
        unlisted: [],
        // Labels and groups do not matter for what an image shows.
        train: [...plain('train', roots.competition(train)), ...plain('external', roots.external(all))],
        test: plain('test', roots.competition(test)),
      },
      {
        checks: [...Object.keys(DUPLICATES), ...FAULTS],
        signal,
        onProgress: (done, total) => report({ done, total, unit: 'images' }),
      },
    );
    const broken = new Set(
      found.findings.filter(({ check }) => FAULTS.includes(check)).flatMap(({ rows }) => rows),
    );
    const isBroken = ({ id }: ManifestRow) => broken.has(`external:${id}`);
    const nameOf = (text: string): ImageName => {
      const [, split, id] = /^(train|test|external):(.*)$/s.exec(text) as unknown as [string, string, string];
      return split === 'external' ? { source: id.slice(0, id.indexOf('/')), id } : { source: split, id };
    };
    const duplicates = found.findings.flatMap(({ check, sets = [] }): DuplicateSet[] => {
      const kind = DUPLICATES[check as keyof typeof DUPLICATES];
      if (kind === undefined) return [];
      return sets.map((ids) => ({ kind, images: ids.filter((id) => !broken.has(id)).map(nameOf) }));
    });
    const findings: ExternalFindings = {
      sources: read.map(({ name, rows, unknown, decisions, omissions }) => {
        const readable = rows.filter((row) => !isBroken(row));
        return {
          name,
          unknown,
          images: readable.length,
          labeled: readable.filter(({ labels }) => Object.keys(labels).length > 0).length,
          unreadable: rows.filter(isBroken).map(({ id }) => id),
          decisions,
          omissions,
        };
      }),
      duplicates: duplicates.filter(({ images }) => images.length > 1),
    };
    const readings = new Map(
      withReading(plain('external', all), 'train', found).map(({ id, image }) => [id, image]),
    );
    const readable = all.filter((row) => !isBroken(row));
    const rows = readable.map((row) => ({ ...row, image: readings.get(`external:${row.id}`)! }));
    await writeManifest(outputs.rows, { heads, rows });
    await writeJson(outputs.findings, findings);
  },
});

/** Every image of a folder, whatever lies beside it. */
function allImages({ images }: CompetitionFolder): ManifestRow[] {
  return images.map((path) => ({
    id: path,
    image: { kind: 'file', path },
    labels: {},
    weight: 1,
    provenance: { kind: 'external', source: COMPETITION },
  }));
}

function plain(split: string, rows: readonly ManifestRow[]): ManifestRow[] {
  return rows.map(({ id, image }) => ({
    id: `${split}:${id}`,
    image,
    labels: {},
    weight: 1,
    provenance: { kind: 'true' },
  }));
}
