import { PodiumError, writeFileAtomic } from '@podium/core';
import { type Head, readManifest } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import { defineStage } from '@podium/pipeline';
import {
  bindForm,
  type FormSettingsInput,
  lintSubmission,
  makeSubmission,
  readSample,
  readSubmissionTable,
  type SampleSubmission,
} from '@podium/submission';
import { z } from 'zod';
import { type HeadPredictions, readHeads } from '../artifacts/head-predictions.ts';
import { readFormat, writeJson } from '../artifacts/json.ts';

/** Writes the blend's predictions as the sample submission wants them, and checks what was written. */
export const writeSubmission = defineStage({
  name: 'write-submission',
  version: '1',
  module: import.meta.url,
  cheap: true,
  settings: z.strictObject({
    form: z.string().optional(),
    options: z.record(z.string(), z.json()),
    metric: z.string(),
    /** Rules whose errors are known and accepted. */
    accept: z.array(z.string()).default([]),
    unpredicted: z.enum(['refuse', 'sample']).default('refuse'),
    /** Folds that there are, and by model those that predicted the test images. */
    folds: z.array(z.int().min(0)),
    contributed: z.record(z.string(), z.array(z.int().min(0))),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
    format: { kind: 'file', type: 'data-format' },
    predictions: { kind: 'folder', type: 'predictions' },
    oof: { kind: 'folder', type: 'predictions' },
  },
  outputs: {
    submission: { kind: 'file', type: 'submission', path: 'submission.csv' },
    lint: { kind: 'file', type: 'lint', path: 'lint.json' },
  },
  run: async ({ settings, inputs, outputs }) => {
    const { form: name, options, accept, unpredicted, folds, contributed } = settings;
    const [predictions, oof] = [await readHeads(inputs.predictions), await readHeads(inputs.oof)];
    if (predictions.size === 0) {
      throw new PodiumError({
        code: 'submission-no-test',
        message: 'this competition folder has no test images, so there is nothing to submit',
        fix: 'add the test images and the sample submission, or run "podium train" for the cross-validation alone',
      });
    }
    const { submission } = await readFormat(inputs.format);
    const test = await readManifest(inputs.test);
    const sample =
      submission === null
        ? ownSample(
            test.rows.map(({ id }) => id),
            predictions,
          )
        : await readSample(inputs.data, submission);
    // Heads as they are predicted: a combined one is there, those that made it up are not.
    const manifest = await readManifest(inputs.train);
    const heads = manifest.heads.flatMap((head): Head[] => {
      const own = predictions.get(head.name);
      return own === undefined ? [] : [{ ...head, classes: own.classes }];
    });
    const { needs } = metrics.get(settings.metric);
    const given =
      name === undefined && Object.keys(options).length === 0 ? undefined : { ...options, form: name };
    const form = bindForm(given as FormSettingsInput | undefined, sample, heads, { needs });
    const made = makeSubmission(sample, form, predictions, { unpredicted });
    await writeFileAtomic(outputs.submission, made.bytes);
    const written = await readSubmissionTable(outputs.submission, {
      name: 'submission.csv',
      idColumn: sample.idColumn,
      reading: sample.reading,
    });
    const lint = lintSubmission(written, {
      sample,
      form,
      outOfFold: oof,
      folds: { expected: folds, contributed },
      accept,
    });
    await writeJson(outputs.lint, {
      ...lint,
      form: form.settings,
      sha256: made.sha256,
      unpredicted: made.unpredicted,
    });
  },
});

/** What is written for a competition without a sample: the id, and one column per head. */
function ownSample(ids: readonly string[], predictions: HeadPredictions): SampleSubmission {
  const names = [...predictions.keys()].map((name) => (name === 'id' ? 'label' : name));
  const columns = ['id', ...names];
  const filler = [...predictions.values()].map(({ classes }) => classes[0]!);
  return {
    file: '(no sample submission)',
    columns,
    idColumn: 'id',
    valueColumns: names,
    ids,
    rows: ids.map((id, i) => ({ id, cells: [id, ...filler], line: i + 2 })),
    style: {
      delimiter: ',',
      newline: '\n' as const,
      byteOrderMark: false,
      encoding: 'utf-8',
      header: columns.join(','),
      quoted: columns.map(() => false),
    },
    reading: {},
  };
}
