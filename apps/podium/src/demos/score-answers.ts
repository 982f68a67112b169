import type { ScoreInterval } from '@podium/competition';
import { Predictions, Rng } from '@podium/core';
import { alignTruth, bootstrap, metrics } from '@podium/metrics';
import { readSubmissionTable } from '@podium/submission';

/** What a competition's host would answer to a submission. */
export interface TestScore extends ScoreInterval {
  /** Images. */
  readonly rows: number;
}

/**
 * The score of a submission of one label a row against the hidden answers, with an interval over groups of images.
 * @throws PodiumError `metric-truth-missing` and its kin where the submission has other ids than the answers; those of
 * reading tables
 */
export async function scoreAnswers(csv: string, answers: string, metricName: string): Promise<TestScore> {
  const given = await readSubmissionTable(csv);
  const truth = await readSubmissionTable(answers);
  const labels = new Map(truth.rows.map(({ id, cells }) => [id, cells[1]!]));
  const groups = new Map(truth.rows.map(({ id, cells }) => [id, cells[2]!]));
  const decided = given.rows.map(({ cells }) => cells[1]!);
  const classes = [...new Set([...labels.values(), ...decided])].sort();
  const values = new Float32Array(decided.length * classes.length);
  for (const [row, label] of decided.entries()) values[row * classes.length + classes.indexOf(label)] = 1;
  const ids = given.rows.map(({ id }) => id);
  const predictions = new Predictions({
    ids,
    classes,
    values,
    kind: 'probabilities',
    groups: ids.map((id) => groups.get(id) ?? id),
  });
  const rows = alignTruth(predictions, labels);
  const metric = metrics.get(metricName);
  const { estimate, low, high } = bootstrap(rows, metric, { rng: Rng.fromSeed('test score') });
  return { estimate, low, high, rows: rows.length };
}
