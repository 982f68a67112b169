import { hashBytes, PodiumError } from '@podium/core';
import { diffRuns, type RunDifference, type RunRecord } from '@podium/pipeline';
import Papa from 'papaparse';
import type { SubmissionRecord } from './submission-record.ts';

const MAX_ROWS = 10;

/** Whether a rebuild gave the recorded bytes, and if not, what differs. */
export interface RebuildVerdict {
  readonly same: boolean;
  readonly expected: string;
  readonly sha256: string;
  /** Inputs, settings, versions and stages that changed, likely causes first. */
  readonly causes: readonly RunDifference[];
  /** What differs in the CSV, in plain English. */
  readonly changes: readonly string[];
}

/**
 * Compares a rebuilt submission with its record.
 * @param options.original the original CSV, to tell which rows differ
 * @param options.stages the rebuild's own record, to tell why
 * @throws PodiumError `rebuild-original` if `original` does not belong to the record
 */
export function verifyRebuild(
  record: SubmissionRecord,
  bytes: Uint8Array,
  options: { readonly original?: Uint8Array; readonly stages?: RunRecord } = {},
): RebuildVerdict {
  const { sha256: expected, file } = record.submission;
  const { original, stages } = options;
  if (original !== undefined && hashBytes(original) !== expected) {
    throw new PodiumError({
      code: 'rebuild-original',
      message: 'this CSV was changed since the run wrote it',
      path: { file },
      expected: `SHA-256 ${expected}`,
      got: hashBytes(original),
      fix: 'omit it to compare with the record alone',
    });
  }
  const sha256 = hashBytes(bytes);
  const causes = stages === undefined ? [] : diffRuns(record.stages, stages);
  if (sha256 === expected) return { same: true, expected, sha256, causes, changes: [] };
  const changes = original === undefined ? sizeChanges(record, bytes) : csvChanges(original, bytes);
  return { same: false, expected, sha256, causes, changes };
}

function sizeChanges({ submission }: SubmissionRecord, bytes: Uint8Array): string[] {
  const rows = parseRows(bytes).length - 1;
  return [
    ...(rows === submission.rows ? [] : [`${submission.rows} rows -> ${rows}`]),
    bytes.length === submission.bytes
      ? 'the same number of bytes, with other values'
      : `${submission.bytes} bytes -> ${bytes.length}`,
  ];
}

/** Differences of the style first, then of the header, the rows and the cells. */
function csvChanges(before: Uint8Array, after: Uint8Array): string[] {
  const [oldText, newText] = [textOf(before), textOf(after)];
  const [oldRows, newRows] = [parseRows(before), parseRows(after)];
  const changes: string[] = [];
  const compare = (what: string, a: string, b: string) => {
    if (a !== b) changes.push(`${what}: ${a} -> ${b}`);
  };
  compare('byte order mark', String(oldText.startsWith('\ufeff')), String(newText.startsWith('\ufeff')));
  compare('line ends', lineEnd(oldText), lineEnd(newText));
  compare('header', (oldRows[0] ?? []).join(), (newRows[0] ?? []).join());
  compare('rows', String(oldRows.length - 1), String(newRows.length - 1));
  const changed = newRows.flatMap((row, i) => {
    const oldRow = oldRows[i];
    const c = i === 0 || oldRow === undefined ? -1 : row.findIndex((cell, at) => cell !== oldRow[at]);
    return c === -1 ? [] : [{ i, c, from: oldRow?.[c] ?? '', to: row[c] ?? '' }];
  });
  if (changed.length > 0) changes.push(`${changed.length} of ${newRows.length - 1} rows have other cells`);
  for (const { i, c, from, to } of changed.slice(0, MAX_ROWS)) {
    const id = JSON.stringify(newRows[i]?.[0]);
    changes.push(`row ${i} (${id}), ${newRows[0]?.[c]}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`);
  }
  if (changes.length === 0) changes.push('the same cells, written differently (quotes, spaces)');
  return changes;
}

function parseRows(bytes: Uint8Array): string[][] {
  return Papa.parse<string[]>(textOf(bytes).replace(/^\ufeff/, ''), { skipEmptyLines: true }).data;
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? 'CRLF' : 'LF';
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
