import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashBytes, type PredictionKind, Predictions, Rng } from '@podium/core';
import type { Head } from '@podium/dataset';
import { keyOf, type RunRecord } from '@podium/pipeline';
import type { SubmissionRecord } from '@podium/submission';
import {
  readSample,
  readSubmissionTable,
  type SampleSubmission,
  type SubmissionTable,
} from '@podium/submission';
import { onTestFinished } from 'vitest';

/** A new empty folder, removed when the test ends. */
export function submissionsFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-submission-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A sample submission of this text. */
export async function sampleOf(
  text: string | Uint8Array,
  idColumn?: string,
  path = 'sample_submission.csv',
): Promise<SampleSubmission> {
  const folder = submissionsFolder();
  writeFileSync(join(folder, path), text);
  const name = idColumn ?? (await readSubmissionTable(join(folder, path))).idColumn;
  return readSample(folder, { path, idColumn: name });
}

/** What a grader would read of these bytes. */
export async function tableOf(
  text: string | Uint8Array,
  idColumn?: string,
  name = 'run.csv',
): Promise<SubmissionTable> {
  const folder = submissionsFolder();
  writeFileSync(join(folder, 'run.csv'), text);
  return readSubmissionTable(join(folder, 'run.csv'), { name, idColumn });
}

/** A head of one class an image. */
export function head(name: string, ...classes: string[]): Head {
  return { name, task: 'single-label', classes };
}

/** A head of several classes an image. */
export function multi(name: string, ...classes: string[]): Head {
  return { name, task: 'multi-label', classes };
}

/** Predictions of given values, a list a row. */
export function predictions(
  { classes, task }: Head,
  ids: readonly string[],
  rows: readonly (readonly number[])[],
  kind: PredictionKind = 'probabilities',
): Predictions {
  return new Predictions({ ids, classes, task, kind, values: Float32Array.from(rows.flat()) });
}

/** Random predictions, as sure as logits of this spread make them. */
export function randomPredictions(own: Head, ids: readonly string[], seed: number, spread = 3): Predictions {
  const rng = Rng.fromSeed(seed).split(own.name);
  const rows = ids.map(() => own.classes.map(() => (rng.float() - 0.5) * 2 * spread));
  const logits = predictions(own, ids, rows, 'logits');
  return own.task === 'single-label' ? logits.softmax() : logits.sigmoid();
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

/** The record of a submission of these bytes. */
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
    warnings: [{ rule: 'one-class', message: 'all 2 rows of "label" say "cat"' }],
    stages: runRecord(),
  };
}
