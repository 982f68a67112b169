import type { Manifest, ManifestRow } from '@podium/dataset';
import { readManifest } from '@podium/dataset';
import { type Graph, outputsOf, type RunReport } from '@podium/pipeline';
import type { BoundForm, FormSettings } from '@podium/submission';
import { type HeadPredictions, readHeads } from '../artifacts/head-predictions.ts';
import { readFormat, readJsonFile } from '../artifacts/json.ts';
import { finalOutput } from '../graph/recorded-graph.ts';
import { predictedHeads, readForm } from '../heads/submission-form.ts';
import type { LintResult } from '../run/publish.ts';
import type { ScoreReport } from '../stages/score.ts';

/** What a run has found out, as its report needs it. */
export interface RunResults {
  readonly graph: Graph;
  readonly report: RunReport;
  /** Folder of the competition. */
  readonly root: string;
  readonly score: ScoreReport;
  readonly train: Manifest;
  readonly test: Manifest;
  readonly rowOf: ReadonlyMap<string, ManifestRow>;
  /** What the score is computed from. */
  readonly oof: HeadPredictions;
  /** For the test images; empty without any. */
  readonly testPredictions: HeadPredictions;
  /** What predictions are written in; undefined if they are scored as they are. */
  readonly form: BoundForm | undefined;
  readonly lint: LintResult | undefined;
}

/** Reads it from the store. */
export async function readResults(graph: Graph, report: RunReport): Promise<RunResults> {
  const root = graph.sources.data!.path;
  const file = (name: string, port: string) => outputsOf(report, name)[port]!;
  const train = await readManifest(file('data', 'train'));
  const oofAt = finalOutput(graph.nodes, 'oof');
  const oof = await readHeads(file(oofAt.from, oofAt.output));
  const hasSubmission = graph.nodes.some(({ name }) => name === 'submission');
  const testAt = hasSubmission ? finalOutput(graph.nodes, 'test') : undefined;
  const settings = settingsOf(report, 'score') as { readonly form?: FormSettings };
  return {
    graph,
    report,
    root,
    train,
    oof,
    score: await readJsonFile<ScoreReport>(file('score', 'score')),
    test: await readManifest(file('data', 'test')),
    rowOf: new Map(train.rows.map((row) => [row.id, row])),
    testPredictions: testAt === undefined ? new Map() : await readHeads(file(testAt.from, testAt.output)),
    form:
      settings.form &&
      (await readForm({
        data: root,
        format: await readFormat(file('data', 'format')),
        heads: predictedHeads(train.heads, oof),
        settings: settings.form,
      })),
    lint: hasSubmission ? await readJsonFile<LintResult>(file('submission', 'lint')) : undefined,
  };
}

/** The settings that an instance ran with. */
export function settingsOf({ instances }: RunReport, name: string): unknown {
  return instances.find((instance) => instance.name === name)?.parts.settings;
}

/** An output of an instance that the run may not have. */
export async function optionalOutput<T>(
  { instances }: RunReport,
  name: string,
  port: string,
): Promise<T | undefined> {
  const path = instances.find((instance) => instance.name === name)?.outputs?.[port];
  return path === undefined ? undefined : await readJsonFile<T>(path);
}
