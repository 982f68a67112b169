import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashBytes, type PredictionKind, Predictions, Rng } from '@podium/core';
import type { Head } from '@podium/dataset';
import { keyOf, type RunRecord } from '@podium/pipeline';
import { onTestFinished } from 'vitest';
import { readSample, type SampleSubmission } from '../src/csv/read-sample.ts';
import { readSubmissionTable, type SubmissionTable } from '../src/csv/submission-table.ts';
import type { SubmissionRecord } from '../src/record/submission-record.ts';

/** A new empty folder, removed when the test ends. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-submission-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A sample submission with this text. */
export async function sampleOf(
  text: string | Uint8Array,
  idColumn?: string,
  path = 'sample_submission.csv',
): Promise<SampleSubmission> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, path), text);
  const name = idColumn ?? (await readSubmissionTable(join(folder, path))).idColumn;
  return readSample(folder, { path, idColumn: name });
}

/** What a grader would read from these bytes. */
export async function tableOf(
  text: string | Uint8Array,
  idColumn?: string,
  name = 'run.csv',
): Promise<SubmissionTable> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'run.csv'), text);
  return readSubmissionTable(join(folder, 'run.csv'), { name, idColumn });
}

/** A single-label head. */
export function head(name: string, ...classes: string[]): Head {
  return { name, task: 'single-label', classes };
}

/** A multi-label head. */
export function multi(name: string, ...classes: string[]): Head {
  return { name, task: 'multi-label', classes };
}

/** Predictions with these values, one list per row. */
export function predictions(
  { classes, task }: Head,
  ids: readonly string[],
  rows: readonly (readonly number[])[],
  kind: PredictionKind = 'probabilities',
): Predictions {
  return new Predictions({ ids, classes, task, kind, values: Float32Array.from(rows.flat()) });
}

/** Random probabilities, from logits in [-spread, spread]. */
export function randomPredictions(
  target: Head,
  ids: readonly string[],
  seed: number,
  spread = 3,
): Predictions {
  const rng = Rng.fromSeed(seed).split(target.name);
  const rows = ids.map(() => target.classes.map(() => (rng.float() - 0.5) * 2 * spread));
  if (target.task === 'regression') return predictions(target, ids, rows, 'numbers');
  const logits = predictions(target, ids, rows, 'logits');
  return target.task === 'single-label' ? logits.softmax() : logits.sigmoid();
}

/** Random predictions of several heads. */
export function randomHeads(
  heads: readonly Head[],
  ids: readonly string[],
  seed: number,
): ReadonlyMap<string, Predictions> {
  return new Map(heads.map((item) => [item.name, randomPredictions(item, ids, seed)]));
}

/** The pipeline's record of a run with one stage. */
export function runRecord(lr = 0.1): RunRecord {
  const [stage, version, engine, seed, settings] = ['train', '1', 'tensorflow 2.21.0', 7, { lr }] as const;
  const sha256 = hashBytes('images');
  return {
    format: 'podium-run-1',
    engine,
    gitCommit: '0123456789abcdef0123456789abcdef01234567',
    versions: { node: '20.20.0', podium: '0.1.0' },
    sources: { data: { kind: 'folder', type: 'competition', path: 'data/faces', sha256, bytes: 12 } },
    instances: [
      {
        name: 'train',
        stage,
        version,
        settings,
        seed,
        key: keyOf({ stage, version, engine, settings, seed, inputs: { data: [{ sha256 }] } }),
        inputs: { data: [{ source: 'data' }] },
        outputs: { predictions: { kind: 'file', type: 'predictions', sha256: hashBytes(`made with ${lr}`) } },
      },
    ],
    results: null,
  };
}

/** The record of a submission with these bytes. */
export function recordOf(bytes: Uint8Array): SubmissionRecord {
  return {
    format: 'podium-submission-1',
    competition: 'faces',
    run: 'run 1',
    submission: {
      file: 'run 1.csv',
      sha256: hashBytes(bytes),
      bytes: bytes.length,
      rows: 2,
      form: { form: 'label', head: 'label' },
    },
    sample: { path: 'sample_submission.csv', sha256: hashBytes('sample') },
    score: {
      metric: 'f1-macro',
      direction: 'higher',
      cv: 0.91,
      low: 0.89,
      high: 0.93,
      confidence: 0.95,
      folds: [
        { fold: 0, rows: 10, score: 0.9 },
        { fold: 1, rows: 10, score: 0.92 },
      ],
    },
    settings: { model: 'resnet18', epochs: 3 },
    seeds: [7],
    decisions: [{ key: 'folds.count', value: '2', reason: 'preset fast' }],
    omissions: [],
    warnings: [{ rule: 'one-class', message: 'all 2 rows of "label" have "cat"' }],
    stages: runRecord(),
  };
}
