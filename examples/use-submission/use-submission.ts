import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Predictions } from '@podium/core';
import {
  bindForm,
  type LintReport,
  lintSubmission,
  makeSubmission,
  readSample,
  readSubmissionTable,
} from '@podium/submission';

/** Writes predictions as the sample wants them, and checks the file. */
export async function writeLeaves(predictions: Predictions, csv: string): Promise<LintReport> {
  const sample = await readSample(import.meta.dirname, { path: 'sample_submission.csv', idColumn: 'id' });
  const { task, classes } = predictions;
  // Without settings, the form is detected: here `label`, as the cells of the sample are classes.
  const form = bindForm(undefined, sample, [{ name: 'species', task, classes }]);
  const { bytes } = makeSubmission(sample, form, new Map([['species', predictions]]));
  await writeFile(csv, bytes);
  // The linter checks the file, as a grader reads it.
  const table = await readSubmissionTable(csv, { idColumn: sample.idColumn });
  return lintSubmission(table, { sample, form });
}

/** What a model would give: probabilities [rows, classes], in any order of ids. */
export const leaves: Predictions = new Predictions({
  ids: ['15.png', '12.png', '13.png', '14.png'],
  classes: ['ash', 'elm', 'oak'],
  task: 'single-label',
  kind: 'probabilities',
  values: Float32Array.of(0.1, 0.8, 0.1, 0.2, 0.1, 0.7, 0.6, 0.2, 0.2, 0.1, 0.6, 0.3),
});

if (process.argv[1] === import.meta.filename) {
  const csv = join(process.cwd(), 'leaves.csv');
  const { ok, findings } = await writeLeaves(leaves, csv);
  for (const { severity, message, fix } of findings) console.log(`${severity}: ${message} (${fix})`);
  console.log(`${csv}: ${ok ? 'ready to send' : 'do not send'}`);
}
