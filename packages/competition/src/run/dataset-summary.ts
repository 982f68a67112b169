import { type Head, readManifest } from '@podium/dataset';
import { type DataFormat, type Findings, readFindings, readFormat } from '../artifacts/json.ts';

/** What is known of the data before anything is trained. */
export interface DataFacts {
  readonly rows: number;
  readonly testRows: number;
  readonly groups: number;
  readonly heads: readonly Head[];
  readonly format: DataFormat;
  readonly findings: Findings;
}

/** Reads what `read-data` has made. */
export async function readFacts(outputs: Readonly<Record<string, string>>): Promise<DataFacts> {
  const { train, test, format, findings } = outputs as Readonly<
    Record<'train' | 'test' | 'format' | 'findings', string>
  >;
  const manifest = await readManifest(train);
  return {
    rows: manifest.rows.length,
    testRows: (await readManifest(test)).rows.length,
    groups: new Set(manifest.rows.map(({ group, id }) => group ?? id)).size,
    heads: manifest.heads,
    format: await readFormat(format),
    findings: await readFindings(findings),
  };
}
