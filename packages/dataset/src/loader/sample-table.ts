import type { ImageSource, ManifestRow } from '../manifest/types.ts';

/** Ids and sources of all rows in memory shared by all threads: 200,000 rows take 20 MB once. */
export interface SharedSamples {
  readonly count: number;
  /** JSON of `[id, source]`, one after the other, as UTF-8. */
  readonly text: SharedArrayBuffer;
  /** `count + 1` byte offsets into it. */
  readonly offsets: SharedArrayBuffer;
}

export interface Sample {
  readonly id: string;
  readonly image: ImageSource;
}

export function shareSamples(rows: readonly ManifestRow[]): SharedSamples {
  const offsets = new Float64Array(new SharedArrayBuffer(8 * (rows.length + 1)));
  let length = 0;
  for (const [i, row] of rows.entries()) {
    length += Buffer.byteLength(sampleText(row));
    offsets[i + 1] = length;
  }
  const text = new SharedArrayBuffer(length);
  const bytes = Buffer.from(text);
  for (const [i, row] of rows.entries()) bytes.write(sampleText(row), offsets[i]!);
  return { count: rows.length, text, offsets: offsets.buffer as SharedArrayBuffer };
}

function sampleText({ id, image }: ManifestRow): string {
  return JSON.stringify([id, image]);
}

/** Reads rows from the shared memory. */
export function sampleReader(shared: SharedSamples): (index: number) => Sample {
  const offsets = new Float64Array(shared.offsets);
  const text = Buffer.from(shared.text);
  return (index) => {
    const json = text.toString('utf8', offsets[index], offsets[index + 1]);
    const [id, image] = JSON.parse(json) as [string, ImageSource];
    return { id, image };
  };
}
