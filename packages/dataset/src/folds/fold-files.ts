import { PodiumError } from '@podium/core';
import type { ManifestRow } from '../manifest/types.ts';
import { readTable } from '../tables/read-table.ts';
import { writeTable } from '../tables/write-table.ts';
import { type Folds, trueRows } from './assign-folds.ts';

const COLUMNS = ['id', 'fold'] as const;
const MAX_FOLDS = 100_000;

/** Writes a table `id,fold`, sorted by id: equal folds give equal bytes. */
export async function writeFolds(path: string, folds: Folds): Promise<void> {
  const rows = [...folds.of].sort(([a], [b]) => (a < b ? -1 : 1));
  await writeTable(path, COLUMNS, rows);
}

/**
 * Reads a table `id,fold`, from Podium or elsewhere, and checks it against the rows.
 * @throws PodiumError `folds-malformed` naming file, row and column for invalid folds and duplicate ids; `folds-unknown-id`
 * and `folds-missing-id` if ids and rows do not match; `folds-gap` for a fold without rows; `folds-split-group` for a group
 * in two folds
 */
export async function readFolds(path: string, rows: readonly ManifestRow[]): Promise<Folds> {
  const wanted = new Map(trueRows(rows).map((row) => [row.id, row]));
  const of = new Map<string, number>();
  let max = -1;
  await readTable(path, (columns) => {
    const [id, fold] = COLUMNS.map((name) => columns.index(name)) as [number, number];
    return ({ cells, line }) => {
      const rowId = cells[id]!;
      if (!wanted.has(rowId)) {
        malformed(
          path,
          line,
          'id',
          'folds-unknown-id',
          'the id of a row with a true label',
          JSON.stringify(rowId),
        );
      }
      if (of.has(rowId))
        malformed(path, line, 'id', 'folds-malformed', 'unique ids', `${JSON.stringify(rowId)} again`);
      const text = cells[fold]!.trim();
      const number = /^\d+$/.test(text) ? Number(text) : -1;
      if (number < 0 || number >= MAX_FOLDS) {
        malformed(path, line, 'fold', 'folds-malformed', 'a fold: 0, 1, 2, ...', JSON.stringify(text));
      }
      of.set(rowId, number);
      max = Math.max(max, number);
    };
  });
  const missing = [...wanted.keys()].filter((id) => !of.has(id));
  if (missing.length > 0) {
    throw new PodiumError({
      code: 'folds-missing-id',
      message: `${missing.length} of ${wanted.size} rows have no fold, ${JSON.stringify(missing[0])} first`,
      path: { file: path },
      fix: 'recompute the folds: rows have been added',
    });
  }
  const used = new Set(of.values());
  for (let fold = 0; fold <= max; fold++) {
    if (used.has(fold)) continue;
    throw new PodiumError({
      code: 'folds-gap',
      path: { file: path, column: 'fold' },
      expected: `rows in every fold from 0 to ${max}`,
      got: `none in fold ${fold}`,
      fix: 'number the folds without gaps',
    });
  }
  checkGroups(path, wanted, of);
  return { count: max + 1, of };
}

function checkGroups(
  path: string,
  rows: ReadonlyMap<string, ManifestRow>,
  of: ReadonlyMap<string, number>,
): void {
  const first = new Map<string, { id: string; fold: number }>();
  for (const [id, row] of rows) {
    if (row.group === undefined) continue;
    const fold = of.get(id)!;
    const before = first.get(row.group);
    if (before === undefined) first.set(row.group, { id, fold });
    else if (before.fold !== fold) {
      throw new PodiumError({
        code: 'folds-split-group',
        message: `the group ${JSON.stringify(row.group)} is in two folds, so their scores cannot be trusted`,
        path: { file: path },
        got: `${JSON.stringify(before.id)} in fold ${before.fold}, ${JSON.stringify(id)} in fold ${fold}`,
        fix: 'recompute the folds with a method that keeps groups together',
      });
    }
  }
}

function malformed(
  file: string,
  line: number,
  column: string,
  code: string,
  expected: string,
  got: string,
): never {
  throw new PodiumError({
    code,
    path: { file, line, column },
    expected,
    got,
    fix: 'correct the row, or recompute the folds',
  });
}
