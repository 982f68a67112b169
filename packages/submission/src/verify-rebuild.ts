import { hashBytes, PodiumError } from '@podium/core';
import { diffRuns, type RunDifference, type RunRecord } from '@podium/pipeline';
import Papa from 'papaparse';
import type { SubmissionRecord } from './record.ts';

const MOST_ROWS = 10;

/** Whether a rebuild made the bytes of a record, and if not, what is different. */
export interface RebuildVerdict {
  readonly same: boolean;
  readonly expected: string;
  readonly sha256: string;
  /** Which inputs, settings, versions or stages are others now; the likely causes, first ones first. */
  readonly causes: readonly RunDifference[];
  /** What is different in the CSV, in plain English. */
  readonly changes: readonly string[];
}

/**
 * Compares a rebuilt submission with its record.
 * @param options.original the CSV as it was first made, for telling which rows differ
 * @param options.stages the rebuild's own record, for telling why
 * @throws PodiumError `rebuild-original` where the original is not what the record is of
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
      message: 'this file is not the one that the record is of: it was changed since',
      path: { file },
      expected: `SHA-256 ${expected}`,
      got: hashBytes(original),
      fix: 'leave it out to compare with the record alone',
    });
  }
  const sha256 = hashBytes(bytes);
  const causes = stages === undefined ? [] : diffRuns(record.stages, stages);
  if (sha256 === expected) return { same: true, expected, sha256, causes, changes: [] };
  const changes = original === undefined ? sizeChanges(record, bytes) : csvChanges(original, bytes);
  return { same: false, expected, sha256, causes, changes };
}

function sizeChanges({ submission }: SubmissionRecord, bytes: Uint8Array): string[] {
  const rows = rowsOf(bytes).length - 1;
  return [
    ...(rows === submission.rows ? [] : [`${submission.rows} rows -> ${rows}`]),
    ...(bytes.length === submission.bytes
      ? ['as many bytes as before, with other values']
      : [`${submission.bytes} bytes -> ${bytes.length}`]),
  ];
}

/** How the file is written first, then its header, its rows, and which cells of them. */
function csvChanges(before: Uint8Array, now: Uint8Array): string[] {
  const [old, own] = [textOf(before), textOf(now)];
  const changes: string[] = [];
  const told = (what: string, a: string, b: string) => {
    if (a !== b) changes.push(`${what}: ${a} -> ${b}`);
  };
  told('byte order mark', String(old.startsWith('\ufeff')), String(own.startsWith('\ufeff')));
  told('line ends', lineEnd(old), lineEnd(own));
  const [oldRows, ownRows] = [rowsOf(before), rowsOf(now)];
  told('header', (oldRows[0] ?? []).join(), (ownRows[0] ?? []).join());
  told('rows', String(oldRows.length - 1), String(ownRows.length - 1));
  const differing = ownRows.flatMap((row, i) => {
    const was = oldRows[i];
    const c = i === 0 || was === undefined ? -1 : row.findIndex((cell, at) => cell !== was[at]);
    return c === -1 ? [] : [{ i, c, was: was?.[c] ?? '', is: row[c] ?? '' }];
  });
  if (differing.length > 0)
    changes.push(`${differing.length} of ${ownRows.length - 1} rows have other cells`);
  for (const { i, c, was, is } of differing.slice(0, MOST_ROWS)) {
    const id = JSON.stringify(ownRows[i]?.[0]);
    changes.push(`row ${i} (${id}), ${ownRows[0]?.[c]}: ${JSON.stringify(was)} -> ${JSON.stringify(is)}`);
  }
  if (changes.length === 0) changes.push('the same cells, written otherwise (quotes, spaces)');
  return changes;
}

function rowsOf(bytes: Uint8Array): string[][] {
  return Papa.parse<string[]>(textOf(bytes).replace(/^\ufeff/, ''), { skipEmptyLines: true }).data;
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? 'CRLF' : 'LF';
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
