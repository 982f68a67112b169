import { PodiumError, Predictions, Rng } from '@podium/core';
import { readTable } from '@podium/dataset';
import { alignTruth, bootstrap, metrics, type ScoredRows } from '@podium/metrics';

/** A score with its 95 % interval over groups. */
export interface TestScore {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Scores a submission `id,label` with answers `id,label,group`, as the demos write them. */
export async function scoreAnswers(csv: string, answers: string, metric: string): Promise<TestScore> {
  const [rows] = await scoredRows([[csv]], answers);
  const { estimate, low, high } = bootstrap(rows!, metrics.get(metric), { rng: Rng.fromSeed('test score') });
  return { estimate, low, high };
}

/**
 * Rows to score and compare contestants by: each contestant's submissions below each other, one of every seed, in the order of
 * the answers. All have the same ids, groups and classes, so that contestants can be compared in pairs; an image is in the same
 * group with every seed.
 */
export async function scoredRows(
  contestants: readonly (readonly string[])[],
  answers: string,
): Promise<ScoredRows[]> {
  const truth = await readCells(answers);
  const submitted = await Promise.all(contestants.map((files) => Promise.all(files.map(readCells))));
  const tables = submitted.flat();
  const predicted = tables.flatMap((table) => [...table.values()].map(([label]) => label!));
  const classes = [...new Set([...[...truth.values()].map(([label]) => label!), ...predicted])].sort();
  for (const table of tables) {
    const odd =
      [...truth.keys()].find((id) => !table.has(id)) ?? [...table.keys()].find((id) => !truth.has(id));
    if (odd === undefined) continue;
    throw new PodiumError({
      code: 'answers-differ',
      path: { file: answers },
      message: 'a submission has other ids than the answers',
      got: `"${odd}" in one of them only`,
      fix: 'give the answers of this competition',
    });
  }
  return submitted.map((seeds) => {
    const rows = seeds.flatMap((table, seed) =>
      [...truth].map(([id, [label, group = id]]) => ({
        id: `${seed} ${id}`,
        label: label!,
        group,
        predicted: table.get(id)![0]!,
      })),
    );
    const values = new Float32Array(rows.length * classes.length);
    for (const [row, { predicted: label }] of rows.entries())
      values[row * classes.length + classes.indexOf(label)] = 1;
    const predictions = new Predictions({
      ids: rows.map(({ id }) => id),
      classes,
      values,
      kind: 'probabilities',
      groups: rows.map(({ group }) => group),
    });
    return alignTruth(
      predictions,
      rows.map(({ id, label }) => [id, label] as const),
    );
  });
}

async function readCells(path: string): Promise<Map<string, readonly string[]>> {
  const rows = new Map<string, readonly string[]>();
  await readTable(path, () => ({ cells: [id, ...others] }) => {
    rows.set(id!, others);
  });
  return rows;
}
