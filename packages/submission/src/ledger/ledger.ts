import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { didYouMean, fileError, formulaRead, linkFreeFs, linkRefused, PodiumError } from '@podium/core';
import { readTable, writeTable } from '@podium/dataset';
import { lock } from 'proper-lockfile';
import { parseNumber } from '../csv/parse-number.ts';
import { makeFolder } from '../files/make-folder.ts';
import { safeName } from '../files/safe-name.ts';

/** A lock that was not refreshed for this long belongs to a killed process. */
const STALE_MS = 10_000;
/** Writing takes milliseconds, so waiting a little longer than until a dead lock is stale is enough. */
const RETRIES = { retries: 120, factor: 1, minTimeout: 100, maxTimeout: 150 };

const NUMBERS = ['cv', 'low', 'high', 'public', 'private'] as const;
const COLUMNS = ['run', 'sha256', 'metric', 'direction', ...NUMBERS, 'note'] as const;

/** What is known about one submission. */
export interface LedgerRow {
  readonly run: string;
  /** Of the CSV. */
  readonly sha256?: string;
  readonly metric?: string;
  readonly direction?: 'higher' | 'lower';
  /** Cross-validation score and its interval. */
  readonly cv?: number;
  readonly low?: number;
  readonly high?: number;
  /** Leaderboard scores, entered by hand. */
  readonly public?: number;
  readonly private?: number;
  readonly note?: string;
  /** Cells of columns that people added. Read them with `Object.hasOwn`. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Leaderboard scores to enter. Missing ones stay as they are; null deletes one. */
export interface EnteredScore {
  readonly public?: number | null;
  readonly private?: number | null;
  readonly note?: string | null;
}

/**
 * The ledger in a competition's folder of submissions. Neither the ledger nor that folder may be a link.
 */
export function ledgerPath(folder: string): string {
  return join(folder, 'ledger.csv');
}

/**
 * Reads the ledger in a folder of submissions; without a ledger, there are no rows. It may have been edited in a
 * spreadsheet: other delimiters and line ends, a byte order mark, and other, more or fewer columns are fine.
 * @throws PodiumError `ledger-corrupt` with line and column for an invalid cell, or a run that is missing or repeated;
 * what `readTable` throws
 */
export async function readLedger(folder: string): Promise<LedgerRow[]> {
  const path = ledgerPath(folder);
  if (!(await exists(path))) return [];
  const rows: LedgerRow[] = [];
  const lines = new Map<string, number>();
  await readTable(
    path,
    (columns) => {
      columns.index('run');
      return ({ cells, line }) => {
        const fail: Fail = (column, expected, got) => {
          throw corruptLine(path, line, column, expected, got);
        };
        const row = parseRow(columns.names, cells, fail);
        const earlier = lines.get(row.run);
        if (earlier !== undefined)
          fail('run', 'each run once', `${JSON.stringify(row.run)}, which is also on line ${earlier}`);
        lines.set(row.run, line);
        rows.push(row);
      };
    },
    { root: dirname(folder) },
  );
  return rows;
}

/**
 * Adds a run to the ledger, or updates its cross-validation score; leaderboard scores stay.
 * @throws PodiumError `ledger-other-submission` if the run has leaderboard scores of another CSV; `unsafe-name`;
 * `ledger-score` for a number that is not finite, or a score outside its interval; `ledger-corrupt`; `ledger-locked`
 */
export async function recordInLedger(
  folder: string,
  entry: Omit<LedgerRow, 'public' | 'private' | 'more'> & { readonly sha256: string },
): Promise<LedgerRow> {
  const row = { ...entry, run: safeName(entry.run, 'run') };
  assertFiniteNumbers(row);
  const { cv, low = cv, high = cv } = row;
  if (cv !== undefined && !(low! <= cv && cv <= high!))
    throw scoreError('cv', `a score within its interval, ${low} to ${high}`, String(cv));
  return updateRow(folder, (rows) => {
    const before = rows.find(({ run }) => run === row.run);
    const hasScores = before?.public !== undefined || before?.private !== undefined;
    if (hasScores && before.sha256 !== undefined && before.sha256 !== row.sha256) {
      throw new PodiumError({
        code: 'ledger-other-submission',
        message: `the run "${row.run}" has leaderboard scores of another CSV`,
        path: { file: ledgerPath(folder), column: 'sha256' },
        expected: before.sha256,
        got: row.sha256,
        fix: 'give the new run another name, so that both stay comparable',
      });
    }
    return { ...before, ...row };
  });
}

/**
 * Enters leaderboard scores of a run.
 * @throws PodiumError `ledger-unknown-run` with the nearest name; `ledger-score` for a number that is not finite;
 * `ledger-corrupt`; `ledger-locked`
 */
export async function enterScore(folder: string, name: string, score: EnteredScore): Promise<LedgerRow> {
  assertFiniteNumbers(score);
  const run = name.trim().normalize('NFC');
  return updateRow(folder, (rows) => {
    const before = rows.find((row) => row.run === run);
    if (before === undefined) {
      const names = rows.map((row) => row.run);
      const nearest = didYouMean(run, names);
      throw new PodiumError({
        code: 'ledger-unknown-run',
        message: `the ledger has no run with this name${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`,
        path: { file: ledgerPath(folder) },
        expected: names.length === 0 ? 'a submitted run; there is none yet' : names.slice(-20),
        got: JSON.stringify(run),
        fix: 'use the name in the ledger, the part before .csv',
      });
    }
    const next: Record<string, unknown> = { ...before };
    for (const [key, value] of Object.entries(score)) {
      if (value === null) delete next[key];
      else if (value !== undefined) next[key] = value;
    }
    return next as unknown as LedgerRow;
  });
}

function assertFiniteNumbers(
  row: Partial<Record<(typeof NUMBERS)[number], number | null | undefined>>,
): void {
  for (const key of NUMBERS) {
    const value = row[key];
    if (value === undefined || value === null || Number.isFinite(value)) continue;
    throw scoreError(key, 'a finite number', String(value));
  }
}

function scoreError(key: string, expected: string, got: string): PodiumError {
  return new PodiumError({
    code: 'ledger-score',
    path: { key },
    expected,
    got,
    fix: 'check where the score comes from; nothing was written',
  });
}

/** Reads the ledger, replaces or adds one row, and writes the whole file, under a lock. */
async function updateRow(
  folder: string,
  update: (rows: readonly LedgerRow[]) => LedgerRow,
): Promise<LedgerRow> {
  const root = dirname(folder);
  await makeFolder(folder, root);
  const path = ledgerPath(folder);
  const release = await acquireLock(path);
  try {
    const rows = await readLedger(folder);
    const row = update(rows);
    const index = rows.findIndex(({ run }) => run === row.run);
    const next = index === -1 ? [...rows, row] : rows.with(index, row);
    const added = [...new Set(next.flatMap(({ more = {} }) => Object.keys(more)))];
    const cells = ({ more = {}, ...known }: LedgerRow) => [
      ...COLUMNS.map((name) => String(known[name] ?? '')),
      ...added.map((name) => (Object.hasOwn(more, name) ? more[name]! : '')),
    ];
    await writeTable(path, [...COLUMNS, ...added], next.map(cells), { forPeople: true, root });
    return row;
  } finally {
    // A lost lock needs no release.
    await release().catch(() => {});
  }
}

async function acquireLock(path: string): Promise<() => Promise<void>> {
  const lockfile = `${path}.lock`;
  // Nobody would ever release it.
  if ((await lstat(lockfile).catch(() => undefined))?.isSymbolicLink()) throw linkRefused(lockfile);
  try {
    return await lock(path, {
      lockfilePath: lockfile,
      fs: linkFreeFs,
      realpath: false,
      stale: STALE_MS,
      retries: RETRIES,
      onCompromised: () => {},
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ELOCKED') throw fileError(error, path, 'write');
    throw new PodiumError(
      {
        code: 'ledger-locked',
        message: 'another process has been writing the ledger for too long',
        path: { file: path },
        fix: `wait until it ends; if there is no such process, delete ${lockfile}`,
      },
      { cause: error },
    );
  }
}

type Fail = (column: string, expected: string, got: string) => never;

const isNumberColumn = (name: string) => (NUMBERS as readonly string[]).includes(name);
const isKnownColumn = (name: string) => (COLUMNS as readonly string[]).includes(name);

function parseRow(names: readonly string[], cells: readonly string[], fail: Fail): LedgerRow {
  const known = new Map<string, string | number>();
  const more = new Map<string, string>();
  for (const [c, name] of names.entries()) {
    const text = formulaRead(cells[c]!.trim());
    if (!isKnownColumn(name)) {
      if (name !== '') more.set(name, formulaRead(cells[c]!));
    } else if (text !== '') {
      const value = isNumberColumn(name) ? parseNumber(text) : text;
      if (Number.isNaN(value)) fail(name, 'a number with a decimal point, or nothing', JSON.stringify(text));
      known.set(name, value);
    }
  }
  const row = Object.fromEntries(known) as unknown as Partial<LedgerRow>;
  const { run, sha256, direction, cv, low, high } = row;
  if (run === undefined) fail('run', 'the name of a run', 'an empty cell');
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256))
    fail('sha256', '64 hexadecimal digits', JSON.stringify(sha256));
  if (direction !== undefined && !['higher', 'lower'].includes(direction))
    fail('direction', 'higher or lower', JSON.stringify(direction));
  if (cv !== undefined && ((low !== undefined && low > cv) || (high !== undefined && high < cv)))
    fail('cv', 'low <= cv <= high', `${low ?? ''}, ${cv}, ${high ?? ''}`);
  return { ...(row as LedgerRow), ...(more.size > 0 && { more: Object.fromEntries(more) }) };
}

function corruptLine(file: string, line: number, column: string, expected: string, got: string): PodiumError {
  return new PodiumError({
    code: 'ledger-corrupt',
    message: 'invalid line in the ledger',
    path: { file, line, column },
    expected,
    got,
    fix: 'correct the line; nothing was written',
  });
}

/** Also where a link leads nowhere: reading then says that it is a link. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
