import { join, relative, resolve } from 'node:path';
import { writeFileAtomic } from '@podium/core';
import { encodeRunRecord, type Graph, recordOf } from '@podium/pipeline';
import { makeFolder, safeName, submissionFolder } from '@podium/submission';
import type { CommandContext } from '../../../../apps/podium/src/commands/context.ts';
import { describeVerdicts } from '../../../../apps/podium/src/terminal/pseudo-report.ts';
import { describeScore } from '../../../../apps/podium/src/terminal/run-report.ts';
import { readJsonFile } from '../artifacts/json.ts';
import { readSettings } from '../settings/read-settings.ts';
import type { ScoreReport } from '../stages/score.ts';
import { outputsOf, prepare } from './prepare.ts';
import { runProject } from './project.ts';
import { pseudoResults } from './pseudo-results.ts';
import { portable, recordedScore, runContext } from './publish.ts';
import type { RunOptions } from './run-competition.ts';
import { withProject } from './run-competition.ts';

/** `podium train`: everything up to the score, and a record that "podium predict" takes. */
export async function train(context: CommandContext, path: string, options: RunOptions): Promise<void> {
  const { terminal } = context;
  const found = await readSettings(path);
  const { settings, folder } = found;
  await withProject(context, found, options, async (project) => {
    const { plan, graph: whole } = await prepare(project, { submits: false });
    terminal.say('training, blending, scoring');
    const graph = upTo(whole, 'score');
    const report = await runProject(
      project,
      graph,
      graph.nodes.map(({ name }) => name),
    );
    const score = await readJsonFile<ScoreReport>(outputsOf(report, 'score').score!);
    const keys = report.instances.map(({ key }) => key);
    const last = report.instances.find(({ name }) => name === 'score')!.key;
    const run = safeName(options.name ?? `${settings.preset}-${last.slice(0, 8)}`, 'run');
    const base = submissionFolder(
      resolve(options.submissions ?? join(folder, 'submissions')),
      settings.competition,
    );
    const record = recordOf(graph, report, {
      ...(await runContext(folder)),
      results: {
        competition: settings.competition,
        run,
        score: recordedScore(score),
        settings: JSON.parse(JSON.stringify(settings)),
      },
    });
    await makeFolder(base);
    const file = join(base, `${run}.train.json`);
    await writeFileAtomic(file, encodeRunRecord(portable(record, base, plan.fetchable)));
    await project.store.pin(`${settings.competition}/${run}`, keys);
    const { verdicts, reports } = await pseudoResults(report);
    const pseudo = verdicts.length === 0 ? {} : { pseudo: { verdicts, rows: reports } };
    if (options.json) terminal.out(JSON.stringify({ run, score, record: file, ...pseudo }, undefined, 2));
    else {
      for (const line of describeScore(score)) terminal.out(line);
      for (const line of describeVerdicts(verdicts, reports)) terminal.out(line);
      const here = relative(process.cwd(), file);
      terminal.out(`Record:  ${here}`);
      terminal.out(`Predict: podium predict ${here} IMAGES --out predictions.csv`);
    }
  });
}

/** The part of a graph that one instance is made from. */
function upTo(graph: Graph, target: string): Graph {
  const needed = new Set([target]);
  // Nodes come after those that they read from.
  for (const { name, inputs } of graph.nodes.toReversed()) {
    if (!needed.has(name)) continue;
    for (const reference of Object.values(inputs).flat()) if ('from' in reference) needed.add(reference.from);
  }
  return { ...graph, nodes: graph.nodes.filter(({ name }) => needed.has(name)) };
}
