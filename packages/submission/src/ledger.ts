import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { didYouMean, fileError, PodiumError } from '@podium/core';
import { readTable, writeTable } from '@podium/dataset';
import { lock } from 'proper-lockfile';
import { safeName } from './safe-name.ts';
import { makeFolder } from './write-submission.ts';

/** A lock whose holder shows no sign of life for this long belongs to a process that was killed. */
const STALE_MS = 10_000;
/** Holders rewrite a small file; waiting longer than until a dead one's lock is stale makes no sense. */
const RETRIES = { retries: 120, factor: 1, minTimeout: 100, maxTimeout: 150 };

const COLUMNS = [
  'run',
  'sha256',
  'metric',
  'direction',
  'cv',
  'low',
  'high',
  'public',
  'private',
  'note',
] as const;
const NUMBERS = ['cv', 'low', 'high', 'public', 'private'] as const;

/** What is known of one submission. */
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
  /** Columns that people added, as they are. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Leaderboard scores to enter; what is left out stays as it is, null takes it away. */
export interface EnteredScore {
  readonly public?: number | null;
  readonly private?: number | null;
  readonly note?: string | null;
}

/** The ledger of a competition's submissions. */
export function ledgerPath(folder: string): string {
  return join(folder, 'ledger.csv');
}

/**
 * Reads the ledger in a folder of submissions; none gives no rows. Spreadsheets' habits are harmless: other delimiters,
 * line ends, a byte order mark, columns in another order, more columns, columns that are missing.
 * @throws PodiumError `ledger-corrupt` naming the line and column of a cell that is not what it should be, a run that is
 * named twice or not at all; what reading a table throws
 */
export async function readLedger(folder: string): Promise<LedgerRow[]> {
  const path = ledgerPath(folder);
  if (!(await isThere(path))) return [];
  const rows: LedgerRow[] = [];
  const lines = new Map<string, number>();
  await readTable(path, (columns) => {
    columns.index('run');
    return ({ cells, line }) => {
      const row = rowOf(columns.names, cells, path, line);
      const before = lines.get(row.run);
      if (before !== undefined) {
        throw corrupt(
          path,
          line,
          'run',
          'each run once',
          `${JSON.stringify(row.run)}, which line ${before} has`,
        );
      }
      lines.set(row.run, line);
      rows.push(row);
    };
  });
  return rows;
}

/**
 * Writes down a run, or its new cross-validation score where it is there already; leaderboard scores stay.
 * @throws PodiumError `ledger-other-submission` where the run has leaderboard scores of another CSV; `unsafe-name`;
 * `ledger-score` for what is no finite number, or an interval without its score; `ledger-corrupt`; `ledger-locked`
 */
export async function recordInLedger(
  folder: string,
  given: Omit<LedgerRow, 'public' | 'private' | 'more'> & { readonly sha256: string },
): Promise<LedgerRow> {
  const row = { ...given, run: safeName(given.run, 'run') };
  checkNumbers(row);
  const { cv, low = cv, high = cv } = row;
  if (cv !== undefined && !(low! <= cv && cv <= high!)) {
    throw scoreError('cv', `a score within its interval, ${low} to ${high}`, String(cv));
  }
  return change(folder, (rows) => {
    const before = rows.find(({ run }) => run === row.run);
    const scored = before?.public !== undefined || before?.private !== undefined;
    if (scored && before?.sha256 !== undefined && before.sha256 !== row.sha256) {
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
 * Enters what the leaderboard said of a run.
 * @throws PodiumError `ledger-unknown-run`, suggesting the nearest; `ledger-score` for what is no finite number;
 * `ledger-corrupt`; `ledger-locked`
 */
export async function enterScore(folder: string, name: string, score: EnteredScore): Promise<LedgerRow> {
  checkNumbers(score);
  const run = name.trim().normalize('NFC');
  return change(folder, (rows) => {
    const before = rows.find((row) => row.run === run);
    if (before === undefined) {
      const names = rows.map((row) => row.run);
      const near = didYouMean(run, names);
      throw new PodiumError({
        code: 'ledger-unknown-run',
        message: `the ledger has no run of this name${near === undefined ? '' : ` (did you mean "${near}"?)`}`,
        path: { file: ledgerPath(folder) },
        expected: names.length === 0 ? 'a run that was submitted; there is none yet' : names.slice(-20),
        got: JSON.stringify(run),
        fix: 'write the name as the ledger has it, the part before .csv',
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

function checkNumbers(row: Partial<Record<(typeof NUMBERS)[number], number | null | undefined>>): void {
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
    fix: 'see where the score comes from; nothing was written',
  });
}

/** Reads, changes one row and writes the whole file anew, while nobody else does. */
async function change(folder: string, next: (rows: readonly LedgerRow[]) => LedgerRow): Promise<LedgerRow> {
  await makeFolder(folder);
  const path = ledgerPath(folder);
  const release = await acquire(path);
  try {
    const rows = await readLedger(folder);
    const row = next(rows);
    const at = rows.findIndex(({ run }) => run === row.run);
    const all = at === -1 ? [...rows, row] : rows.with(at, row);
    const more = [...new Set(all.flatMap((item) => Object.keys(item.more ?? {})))];
    const cells = (item: LedgerRow) => [
      ...COLUMNS.map((name) => String(item[name] ?? '')),
      ...more.map((name) => item.more?.[name] ?? ''),
    ];
    await writeTable(path, [...COLUMNS, ...more], all.map(cells));
    return row;
  } finally {
    // Where the lock was lost there is nothing to release.
    await release().catch(() => {});
  }
}

async function acquire(path: string): Promise<() => Promise<void>> {
  try {
    return await lock(path, {
      lockfilePath: `${path}.lock`,
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
        fix: `wait for it to end; if there is none, remove ${path}.lock`,
      },
      { cause: error },
    );
  }
}

function rowOf(names: readonly string[], cells: readonly string[], file: string, line: number): LedgerRow {
  const row: Record<string, string | number> = {};
  const more: Record<string, string> = {};
  for (const [c, name] of names.entries()) {
    const cell = cells[c]!;
    const text = cell.trim();
    if (!(COLUMNS as readonly string[]).includes(name)) {
      if (name !== '') more[name] = cell;
    } else if (text !== '') {
      row[name] = (NUMBERS as readonly string[]).includes(name) ? numberOf(text, file, line, name) : text;
    }
  }
  const { run, sha256, direction, cv, low, high } = row as Partial<Record<keyof LedgerRow, never>>;
  if (run === undefined) throw corrupt(file, line, 'run', "a run's name", 'an empty cell');
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw corrupt(file, line, 'sha256', '64 hexadecimal digits', JSON.stringify(sha256));
  }
  if (direction !== undefined && direction !== 'higher' && direction !== 'lower') {
    throw corrupt(file, line, 'direction', 'higher or lower', JSON.stringify(direction));
  }
  if (cv !== undefined && ((low !== undefined && low > cv) || (high !== undefined && high < cv))) {
    throw corrupt(file, line, 'cv', 'low <= cv <= high', `${low ?? ''}, ${cv}, ${high ?? ''}`);
  }
  return { ...(row as unknown as LedgerRow), ...(Object.keys(more).length > 0 && { more }) };
}

function numberOf(text: string, file: string, line: number, column: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw corrupt(
    file,
    line,
    column,
    'a number, with a point before its decimals, or nothing',
    JSON.stringify(text),
  );
}

function corrupt(file: string, line: number, column: string, expected: string, got: string): PodiumError {
  return new PodiumError({
    code: 'ledger-corrupt',
    message: 'this line of the ledger cannot be used',
    path: { file, line, column },
    expected,
    got,
    fix: 'correct the line; nothing was written',
  });
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
