import { PodiumError, writeFileAtomic } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { defineStage } from '@podium/pipeline';
import { lintSubmission, makeSubmission, readSubmissionTable } from '@podium/submission';
import { z } from 'zod';
import { readHeads } from '../artifacts/head-predictions.ts';
import { readFormat, writeJson } from '../artifacts/json.ts';
import { bindSubmission, predictedHeads } from '../heads/submission-form.ts';
import { jsonValue } from '../recipe/shared-schemas.ts';

/** Writes the blend's predictions as the sample submission wants them, and checks what was written. */
export const writeSubmission = defineStage({
  name: 'write-submission',
  version: '2',
  module: import.meta.url,
  cheap: true,
  settings: z.strictObject({
    form: z.string().optional(),
    options: z.record(z.string(), jsonValue),
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
    const test = await readManifest(inputs.test);
    const manifest = await readManifest(inputs.train);
    const format = await readFormat(inputs.format);
    const { sample, form } = await bindSubmission({
      data: inputs.data,
      format,
      heads: predictedHeads(manifest.heads, predictions),
      ids: test.rows.map(({ id }) => id),
      given: { ...options, ...(name !== undefined && { form: name }) },
      metric: settings.metric,
    });
    // What the settings leave out was settled before training.
    const isKept = unpredicted === 'sample' || format.unpredicted.length > 0;
    const made = makeSubmission(sample, form, predictions, { unpredicted: isKept ? 'sample' : 'refuse' });
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
      unpredicted: made.unpredicted,
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
