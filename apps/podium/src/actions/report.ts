import { basename, join } from 'node:path';
import {
  findRun,
  graphOf,
  openProject,
  outputsOf,
  readHeads,
  reportData,
  runProject,
  scored,
  sourcesOf,
  threadsOf,
} from '@podium/competition';
import { PodiumError, type Predictions, Rng, writeFileAtomic } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { compareModels, metrics } from '@podium/metrics';
import type { RunReport } from '@podium/pipeline';
import { type ReportData, renderComparison, renderReport, type ScoreDifference } from '@podium/report';
import type { SubmissionRecord } from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';

interface Options {
  readonly compare?: string | undefined;
  readonly out?: string | undefined;
  readonly submissions: string;
  readonly store?: string | undefined;
  readonly json?: true | undefined;
}

/** `podium report`. */
export async function reportCommand(context: CommandContext, run: string, options: Options): Promise<void> {
  const own = await gather(context, run, options);
  const other = options.compare === undefined ? undefined : await gather(context, options.compare, options);
  const name =
    other === undefined ? `${own.record.run}.report.html` : `${own.record.run}-vs-${other.record.run}.html`;
  const file = options.out ?? join(own.base, name);
  const html =
    other === undefined
      ? renderReport(own.data)
      : renderComparison(own.data, other.data, await differenceOf(own, other));
  await writeFileAtomic(file, html);
  if (options.json) context.terminal.out(JSON.stringify({ file, bytes: Buffer.byteLength(html) }));
  else context.terminal.out(`Report: ${file}`);
}

interface Gathered {
  readonly data: ReportData;
  readonly record: SubmissionRecord;
  readonly report: RunReport;
  readonly base: string;
}

async function gather(context: CommandContext, given: string, options: Options): Promise<Gathered> {
  const found = await findRun(given, options.submissions);
  const { submission: record, base, folder, settings, file } = found;
  if (record === undefined) {
    throw new PodiumError({
      code: 'report-no-submission',
      path: { file },
      message: 'this is a training without a submission',
      fix: 'run it with "podium run"; its scores are in "podium runs show"',
    });
  }
  const sources = await sourcesOf(record.stages, base, context);
  const project = await openProject({ settings, file, folder }, context, {
    store: options.store,
    threads: threadsOf(record.stages),
  });
  try {
    const graph = await graphOf(record.stages, sources);
    const targets = graph.nodes.map(({ name }) => name);
    const report = await runProject(project, graph, targets);
    const data = await reportData({
      report,
      record,
      data: (sources.data as { path: string }).path,
      rebuild: `podium rebuild ${basename(file)}`,
    });
    return { data, record, report, base };
  } finally {
    await project.executor.close();
  }
}

/** The difference of two runs' scores over the same images; none where their images or classes differ. */
async function differenceOf(a: Gathered, b: Gathered): Promise<{ difference?: ScoreDifference }> {
  const name = a.record.score?.metric;
  if (name === undefined || name !== b.record.score?.metric) return {};
  const [first, second] = [await outOfFold(a.report), await outOfFold(b.report)];
  const [head] = first.keys();
  const [own, other] = [first.get(head!), second.get(head!)];
  if (head === undefined || own === undefined || other === undefined) return {};
  const same = own.length === other.length && own.ids.every((id) => other.indexOf(id) !== undefined);
  if (!same || own.classes.join('\0') !== other.classes.join('\0')) return {};
  const { rows } = await readManifest(outputsOf(a.report, 'data').train!);
  const beside = (predictions: Predictions) => ({ ...scored(predictions, rows, head), folds: undefined });
  const comparison = compareModels(beside(own), beside(other.align(own.ids)), metrics.get(name), {
    rng: Rng.fromSeed('comparison'),
    resamples: 1000,
  });
  return { difference: { value: comparison.b - comparison.a, interval: comparison.difference } };
}

async function outOfFold(report: RunReport): Promise<ReadonlyMap<string, Predictions>> {
  const last = [...report.instances].reverse().find(({ name }) => /,oof\]$/.test(name));
  return await readHeads(last?.outputs?.predictions ?? outputsOf(report, 'blend').oof!);
}
