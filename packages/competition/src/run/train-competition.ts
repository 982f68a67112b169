import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@podium/core';
import { encodeRunRecord, outputsOf, recordOf, subgraph } from '@podium/pipeline';
import { fingerprintOf, makeFolder, safeName, submissionFolder } from '@podium/submission';
import { readJsonFile } from '../artifacts/json.ts';
import type { ScoreReport } from '../stages/score.ts';
import { withTrackers } from '../track/with-trackers.ts';
import { prepareCompetition } from './prepare.ts';
import { runProject, withProject } from './project.ts';
import { ownSubmissions } from './project-folder.ts';
import { type PseudoResults, pseudoResults } from './pseudo-results.ts';
import { portable, recordContext, recordedScore, recordedSettings } from './publish.ts';
import { type RunCompetitionOptions, type SettingsSource, settingsOf, signRun } from './run-competition.ts';

export interface TrainingResult {
  readonly run: string;
  readonly score: ScoreReport;
  /** The record that {@link predictImages} takes. */
  readonly record: string;
  readonly pseudo: PseudoResults;
}

/** Trains and scores without a submission, for folders without test images; {@link runCompetition} repeats nothing of it. */
export async function trainCompetition(
  settings: SettingsSource,
  options: RunCompetitionOptions = {},
): Promise<TrainingResult> {
  const found = await settingsOf(settings, options);
  if (options.sign !== undefined) await fingerprintOf(options.sign);
  return await withTrackers(found, options, (shown) =>
    withProject(found, shown, async (project) => {
      const {
        graph: whole,
        config,
        omissions,
        race,
        fetchable,
        settings: resolved,
      } = await prepareCompetition(project, {
        submits: false,
      });
      project.emit({ type: 'phase', phase: 'training' });
      const graph = subgraph(whole, ['score']);
      const report = await runProject(project, graph);
      const score = await readJsonFile<ScoreReport>(outputsOf(report, 'score').score!);
      const { competition, preset } = found.settings;
      const { key } = report.instances.find(({ name }) => name === 'score')!;
      const run = safeName(options.name ?? `${preset}-${key.slice(0, 8)}`, 'run');
      const submissions = resolve(options.submissions ?? (await ownSubmissions(found.folder)));
      const base = submissionFolder(submissions, competition);
      const results = {
        competition,
        run,
        score: recordedScore(score),
        settings: recordedSettings(resolved),
        decisions: JSON.parse(JSON.stringify(config.decisions)),
        omissions: JSON.parse(JSON.stringify(omissions)),
        ...(race !== undefined && { race: JSON.parse(JSON.stringify(race)) }),
      };
      const record = recordOf(graph, report, { ...(await recordContext(found.folder)), results });
      await makeFolder(base, submissions);
      const file = join(base, `${run}.train.json`);
      await writeFileAtomic(file, encodeRunRecord(portable(record, base, fetchable)), {
        root: submissions,
      });
      await signRun(file, options);
      await project.store.pin(
        `${competition}/${run}`,
        report.instances.map((instance) => instance.key),
      );
      return { run, score, record: file, pseudo: await pseudoResults(report) };
    }),
  );
}
