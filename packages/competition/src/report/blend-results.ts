import { PodiumError, Rng } from '@podium/core';
import { mean } from '@podium/ensemble';
import { compareModels, type Metric, metrics } from '@podium/metrics';
import { type Graph, outputsOf } from '@podium/pipeline';
import type { Ensemble, Interval } from '@podium/report';
import { readHeads } from '../artifacts/head-predictions.ts';
import { readJsonFile } from '../artifacts/json.ts';
import { finalOutput } from '../graph/recorded-graph.ts';
import { blendMethod } from '../heads/blend-method.ts';
import { finalPredictions } from '../heads/final-predictions.ts';
import { labeled, scored } from '../heads/scored-rows.ts';
import { type BlendReport, blend } from '../stages/blend.ts';
import { type RunResults, settingsOf } from './run-results.ts';

const RESAMPLES = 500;

/** How a head was blended: the weights, and with intervals what members gain and what fitting flatters. */
export async function blendResults(
  results: RunResults,
  head: string,
): Promise<{ readonly blended: BlendReport | undefined; readonly ensemble: Ensemble | undefined }> {
  const { graph, report, train, score } = results;
  const name = blendOf(graph, finalOutput(graph.nodes, 'oof').from);
  const outputs = outputsOf(report, name) as Readonly<Record<string, string>>;
  const blends = await readJsonFile<readonly BlendReport[]>(outputs.report!);
  const blended = blends.find((each) => each.head === head);
  if (blended === undefined || blended.members.length < 2) return { blended, ensemble: undefined };

  const settings = settingsOf(report, name) as Parameters<typeof finalPredictions>[2] &
    Parameters<typeof blendMethod>[0];
  const members = [];
  for (const reference of graph.nodes.find((node) => node.name === name)!.inputs.oof ?? []) {
    if (!('from' in reference)) continue;
    const heads = await readHeads(outputsOf(report, reference.from)[reference.output]!);
    const own = finalPredictions(heads, train.heads, settings).get(head)!;
    members.push(labeled(own, train.rows, head));
  }
  const metric = metrics.get(score.metric);
  const [first] = members;
  const alone = score.heads.find(({ heads }) => heads.length === 1 && heads[0] === head);
  const aligned = members.map((member) => member.align(first!.ids));
  const rowsOf = (predictions: (typeof aligned)[number]) => ({
    ...scored(predictions, train.rows, head),
    folds: undefined,
  });
  const compare = (a: (typeof aligned)[number], b: (typeof aligned)[number]) =>
    differenceOf(metric, rowsOf(a), rowsOf(b));

  const isBetterIfLower = metric.direction === 'lower';
  const gainOf = (m: number) => {
    const difference = compare(mean(aligned.filter((_, other) => other !== m)), mean(aligned));
    return difference && isBetterIfLower ? { low: -difference.high, high: -difference.low } : difference;
  };
  const nested = (await readHeads(outputs.oof!)).get(head);
  const parameters = new Map(
    Object.entries(await readJsonFile<Record<string, unknown>>(outputs.parameters!)),
  );
  const fitted =
    blended.fitted === undefined || !parameters.has(head)
      ? undefined
      : blendMethod(settings).method.apply(parameters.get(head), aligned);
  return {
    blended,
    ensemble: {
      method: blended.method,
      members: blended.members.map((member, m) => {
        const diversity = blended.diversity.find((each) => each.name === member);
        const own = alone?.members[m];
        return {
          name: member,
          weight: blended.weights?.[m] ?? 1 / blended.members.length,
          ...(own !== undefined && { score: own.cv.estimate }),
          ...(diversity !== undefined && {
            gain: diversity.gain,
            gainInterval: gainOf(m),
            errorCorrelation: diversity.errorCorrelation,
          }),
        };
      }),
      fitted: blended.fitted,
      nested: blended.nested,
      differenceInterval:
        fitted === undefined || nested === undefined
          ? undefined
          : compare(labeled(nested, train.rows, head).align(fitted.ids), fitted),
    },
  };
}

/** The interval of b minus a; undefined where too few rows tell. */
function differenceOf(
  metric: Metric,
  a: ReturnType<typeof scored>,
  b: ReturnType<typeof scored>,
): Interval | undefined {
  if (!metric.tasks.includes(a.task) || new Set(a.groups ?? a.ids).size < 2) return undefined;
  try {
    const { low, high } = compareModels(a, b, metric, {
      rng: Rng.fromSeed('report'),
      resamples: RESAMPLES,
    }).difference;
    return { low, high };
  } catch (error) {
    // The metric is undefined in most resamples: a class has too few rows.
    if (error instanceof PodiumError && error.problem.code === 'metric-undefined') return undefined;
    throw error;
  }
}

/** The blend that final predictions come from, before your own stages. */
function blendOf({ nodes }: Pick<Graph, 'nodes'>, name: string): string {
  const node = nodes.find((each) => each.name === name)!;
  const [before] = node.stage.name === blend.name ? [] : (node.inputs.predictions ?? []);
  return before !== undefined && 'from' in before ? blendOf({ nodes }, before.from) : name;
}
