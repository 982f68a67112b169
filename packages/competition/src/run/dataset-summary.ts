import { type Head, type Manifest, readManifestHead } from '@podium/dataset';
import { type DataFormat, type Findings, readFindings, readFormat } from '../artifacts/json.ts';

/** What is known of the data before anything is trained. */
export interface DatasetSummary {
  /** Training rows, after patches. */
  readonly rows: number;
  readonly testRows: number;
  /** Groups among the training rows; a row without a group counts as one. */
  readonly groups: number;
  readonly heads: readonly Head[];
  readonly format: DataFormat;
  readonly findings: Findings;
}

/**
 * Reads what the stage `read-data` has written.
 * @param train the manifest of training rows
 */
export async function summarizeDataset(
  { heads, rows }: Manifest,
  { test, format, findings }: Readonly<Record<'test' | 'format' | 'findings', string>>,
): Promise<DatasetSummary> {
  return {
    rows: rows.length,
    testRows: (await readManifestHead(test)).rows,
    groups: new Set(rows.map(({ group, id }) => group ?? id)).size,
    heads,
    format: await readFormat(format),
    findings: await readFindings(findings),
  };
}
