import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  assertNoLeaks,
  assignFolds,
  createLoader,
  type DatasetDescription,
  inspectDataset,
  type Loader,
  type LoaderState,
  type ManifestRow,
  type Report,
  readDataset,
  rowsOfFold,
  shuffled,
  withFolds,
} from '@podium/dataset';
import { writeMaskCompetition } from '@podium/dataset/testing';

/** Reads a competition folder of any layout, and stops if leaks would inflate scores. */
export async function readChecked(folder: string): Promise<{ data: DatasetDescription; report: Report }> {
  const data = await readDataset(folder);
  const report = await inspectDataset(data);
  assertNoLeaks(report);
  return { data, report };
}

/** The training and validation rows of the first of three folds. No person is in both. */
export function firstFold({ heads, train: rows }: DatasetDescription): {
  readonly train: readonly ManifestRow[];
  readonly validation: readonly ManifestRow[];
} {
  const folds = assignFolds({ heads, rows }, { folds: 3, seed: 1 });
  return rowsOfFold(withFolds(rows, folds), 0);
}

/** Batches of 8 images, made by two worker threads. `state` resumes in the middle of an epoch, with the same bits. */
export function trainingBatches(
  { root, heads }: DatasetDescription,
  rows: readonly ManifestRow[],
  state?: LoaderState,
): Loader {
  return createLoader({
    root,
    rows,
    heads,
    batchSize: 8,
    imageSize: [64, 48],
    seed: 1,
    sampler: shuffled(),
    transform: {
      module: import.meta.resolve('@podium/augment'),
      factory: 'pipelineFrom',
      argument: [{ randomResizedCrop: { size: [64, 48], scale: [0.7, 1] } }, 'horizontalFlip'],
    },
    state,
  });
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'podium-use-dataset-')));
  if (process.argv[2] === undefined) await writeMaskCompetition(folder, { people: 12, testPeople: 2 });
  const { data, report } = await readChecked(folder);
  console.log(`${data.layout}: ${data.train.length} training rows, ${data.test.length} test rows`);
  for (const { severity, message, fix } of report.findings) console.log(`${severity}: ${message} (${fix})`);
  const { train, validation } = firstFold(data);
  console.log(`fold 0: ${train.length} rows train, ${validation.length} rows validate`);
  for await (const { step, steps, shape, ids } of trainingBatches(data, train)) {
    console.log(`batch ${step + 1} of ${steps}: [${shape}], first ${ids[0]}`);
  }
}
