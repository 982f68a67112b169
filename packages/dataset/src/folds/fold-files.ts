import { PodiumError } from '@podium/core';
import type { ManifestRow } from '../manifest/types.ts';
import { readTable } from '../tables/read-table.ts';
import { writeTable } from '../tables/write-table.ts';
import { type Folds, trueRows } from './assign-folds.ts';

const COLUMNS = ['id', 'fold'] as const;
const MOST_FOLDS = 100_000;

/** Writes `id,fold`, by id: equal folds give equal bytes. */
export async function writeFolds(path: string, folds: Folds): Promise<void> {
  const rows = [...folds.of].sort(([a], [b]) => (a < b ? -1 : 1));
  await writeTable(path, COLUMNS, rows);
}

/**
 * Reads folds, of Podium's or of anyone's making, and holds them against the rows that they are for.
 * @throws PodiumError `folds-malformed` naming file, row and column: no fold number, an id twice; `folds-unknown-id`,
 * `folds-missing-id` where ids and rows do not agree; `folds-gap` where a fold has no row; `folds-split-group` where a
 * group lies in two folds.
 */
export async function readFolds(path: string, rows: readonly ManifestRow[]): Promise<Folds> {
  const wanted = new Map(trueRows(rows).map((row) => [row.id, row]));
  const of = new Map<string, number>();
  let most = -1;
  await readTable(path, (columns) => {
    const [id, fold] = COLUMNS.map((name) => columns.index(name)) as [number, number];
    return ({ cells, line }) => {
      const own = cells[id]!;
      if (!wanted.has(own)) {
        malformed(
          path,
          line,
          'id',
          'folds-unknown-id',
          'the id of a row with a true label',
          JSON.stringify(own),
        );
      }
      if (of.has(own))
        malformed(path, line, 'id', 'folds-malformed', 'every id once', `${JSON.stringify(own)} again`);
      const text = cells[fold]!.trim();
      const number = /^\d+$/.test(text) ? Number(text) : -1;
      if (number < 0 || number >= MOST_FOLDS) {
        malformed(path, line, 'fold', 'folds-malformed', 'a fold: 0, 1, 2, ...', JSON.stringify(text));
      }
      of.set(own, number);
      most = Math.max(most, number);
    };
  });
  const left = [...wanted.keys()].filter((id) => !of.has(id));
  if (left.length > 0) {
    throw new PodiumError({
      code: 'folds-missing-id',
      message: `${left.length} of ${wanted.size} rows have no fold, ${JSON.stringify(left[0])} first`,
      path: { file: path },
      fix: 'make the folds anew: rows have been added since',
    });
  }
  const used = new Set(of.values());
  for (let fold = 0; fold <= most; fold++) {
    if (used.has(fold)) continue;
    throw new PodiumError({
      code: 'folds-gap',
      path: { file: path, column: 'fold' },
      expected: `rows in every fold from 0 to ${most}`,
      got: `none in fold ${fold}`,
      fix: 'number the folds without gaps',
    });
  }
  checkGroups(path, wanted, of);
  return { count: most + 1, of };
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
        message: `the group ${JSON.stringify(row.group)} lies in two folds, so that their scores cannot be trusted`,
        path: { file: path },
        got: `${JSON.stringify(before.id)} in fold ${before.fold}, ${JSON.stringify(id)} in fold ${fold}`,
        fix: 'make the folds anew, by a method that keeps groups whole',
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
    fix: 'correct the row, or make the folds anew',
  });
}
