import { readFile } from 'node:fs/promises';
import { contactSheet, pipelineFrom } from '@podium/augment';
import type { Decision, Predictions } from '@podium/core';
import { decodeImage, type ManifestRow, readManifest } from '@podium/dataset';
import { confidentLearning } from '@podium/ensemble';
import { calibrationCurve, metrics } from '@podium/metrics';
import { type Graph, type InstanceReport, outputsOf, type RunReport } from '@podium/pipeline';
import {
  type Curve,
  type Finding,
  imageDataUri,
  type LabelIssue,
  planThumbnails,
  type ReportData,
  renderReport,
  type Sample,
  type StageCost,
} from '@podium/report';
import type { SubmissionRecord } from '@podium/submission';
import Papa from 'papaparse';
import sharp from 'sharp';
import { readHeads } from '../artifacts/head-predictions.ts';
import { readFindings, readJsonFile } from '../artifacts/json.ts';
import { finalOutput } from '../graph/recorded-graph.ts';
import { labeled, labelOf, scored } from '../heads/scored-rows.ts';
import { pseudoResults } from '../run/pseudo-results.ts';
import { type BlendReport, blend } from '../stages/blend.ts';
import type { ExplainedImage } from '../stages/explain.ts';
import type { MappedImage } from '../stages/map-features.ts';
import type { ScoreReport } from '../stages/score.ts';
import { trainFold } from '../stages/train-fold.ts';
import { pseudoSection } from './pseudo-section.ts';

export interface ReportSources {
  readonly graph: Graph;
  readonly report: RunReport;
  readonly record: SubmissionRecord;
  /** The command that makes the submission again. */
  readonly rebuild: string;
  readonly testScore?: number;
  /** What the settings left open. */
  readonly decisions?: readonly Decision[];
}

/** The report of a run as one HTML file. */
export async function reportHtml(sources: ReportSources): Promise<string> {
  return renderReport(await reportData(sources));
}

/** Gathers a run's results from the store. With several heads, the first one is shown in detail. */
export async function reportData(sources: ReportSources): Promise<ReportData> {
  const { graph, report, record, rebuild, testScore, decisions = [] } = sources;
  const data = graph.sources.data!.path;
  const file = (name: string, port: string) => outputsOf(report, name)[port]!;
  const score = await readJsonFile<ScoreReport>(file('score', 'score'));
  const manifest = await readManifest(file('data', 'train'));
  const test = await readManifest(file('data', 'test'));
  const findings = await readFindings(file('data', 'findings'));
  const [main] = score.heads as readonly [ScoreReport['heads'][number], ...ScoreReport['heads']];
  const final = finalOutput(graph.nodes, 'oof');
  // A combination of heads is shown by its first one.
  const [head = main.head] = main.heads;
  const predictions = (await readHeads(file(final.from, final.output))).get(head)!;
  const rowOf = new Map(manifest.rows.map((row) => [row.id, row]));
  const samples = samplesOf(predictions, rowOf, head);
  const single = predictions.task === 'single-label';
  const learning =
    single && predictions.classes.length > 1
      ? confidentLearning(
          scored(predictions, manifest.rows, head).truth,
          labeled(predictions, manifest.rows, head),
        )
      : undefined;
  const explained = await optional<readonly ExplainedImage[]>(report, 'explain', 'explanations');
  const mapped = await optional<readonly MappedImage[]>(report, 'map', 'map');
  const issues = (learning?.issues ?? []).slice(0, 60);
  const sheet = await augmentationSheet(report, data, manifest.rows);
  const images = await thumbnails(data, rowOf, samples, issues, explained ?? [], sheet?.length ?? 0);
  if (sheet !== undefined) images.set('augmentation', imageDataUri(sheet));
  const key = (id: string) => (images.has(id) ? { image: id } : {});
  const confidence = new Map(samples.map((sample) => [sample.id, sample.confidence]));
  const metric = metrics.get(score.metric);
  const pseudo = pseudoSection(await pseudoResults(report));
  const groups = new Set(manifest.rows.map(({ group, id }) => group ?? id)).size;
  const grouped = groups < manifest.rows.length;
  const blends = await readJsonFile<readonly BlendReport[]>(file(blendOf(graph, final.from), 'report'));
  const blended = blends.find((blend) => blend.head === head);
  const { low, high } = record.score ?? { low: score.score, high: score.score };
  return {
    title: `${record.competition}: ${record.run}`,
    competition: record.competition,
    metric: { name: metric.title, better: metric.direction, meaning: metric.meaning },
    score: {
      value: score.score,
      interval: { low, high },
      note: `out-of-fold, ${manifest.rows.length} images${grouped ? ` of ${groups} groups` : ''}`,
    },
    folds: main.folds.map(({ fold, rows, score: own }) => ({ fold, rows, score: own })),
    ...(testScore !== undefined && { testScore: { value: testScore, note: 'on the hidden test labels' } }),
    submission: describeMembers(blended, main.folds.length, test.rows.length),
    verdict: [...verdictOf(main, grouped), ...pseudo.verdict],
    warnings: record.warnings.map(({ message }) => message),
    facts: {
      images: String(manifest.rows.length),
      classes: String(predictions.classes.length),
      ...(grouped && { groups: String(groups) }),
      ...(test.rows.length > 0 && { 'test images': String(test.rows.length) }),
      ...pseudo.facts,
    },
    classes: predictions.classes,
    samples: single ? samples.map((sample) => ({ ...sample, ...key(sample.id) })) : undefined,
    images: Object.fromEntries(images),
    perClass: main.classes.map(({ interval, ...own }) => ({
      ...own,
      ...(interval !== null && { interval: { low: interval.low, high: interval.high } }),
    })),
    curves: await curvesOf(report, score.metric),
    labelIssues: issues.map((issue): LabelIssue => {
      const row = rowOf.get(issue.id)!;
      const sure = confidence.get(issue.id);
      return {
        id: issue.id,
        head,
        given: issue.given,
        suggested: issue.suggested,
        quality: issue.quality,
        confidence: sure,
        ...key(issue.id),
        manifestRow: { path: row.image.path, labels: row.labels },
      };
    }),
    // If the models often err, what they disagree with is not label noise.
    ...(learning !== undefined && accuracyOf(samples) >= 0.85 && { labelNoise: learning.noise }),
    explanations: (explained ?? [])
      .filter(({ id }) => images.has(id))
      .map((one) => ({
        id: one.id,
        image: one.id,
        method: one.method,
        predicted: one.predicted,
        ...(one.truth !== null && { truth: one.truth }),
        heatmap: { width: one.width, height: one.height, values: one.values },
      })),
    ...(single && {
      calibration: [
        {
          name: 'the blend, out of fold',
          points: calibrationCurve(scored(predictions, manifest.rows, head)),
        },
      ],
    }),
    ...(mapped !== undefined && {
      map: {
        method: 'UMAP of frozen features',
        points: mapped.map(({ id, x, y }) => {
          const label = labelOf(rowOf.get(id)!, { name: head, classes: predictions.classes });
          const at = predictions.indexOf(id);
          return {
            id,
            x,
            y,
            ...key(id),
            ...(typeof label === 'string' && { class: label }),
            ...(at !== undefined && predictions.folds !== undefined && { fold: predictions.folds[at]! }),
          };
        }),
      },
    }),
    findings: [
      ...pseudo.findings,
      ...findings.findings.map(
        ({ severity, check, message, fix, rows }): Finding => ({
          severity: severity === 'note' ? 'info' : severity === 'warning' ? 'warning' : 'error',
          message: `${check}: ${message}`,
          fix,
          count: rows.length,
          images: rows.filter((id) => images.has(id)).slice(0, 6),
        }),
      ),
    ],
    pseudoLabels: pseudo.pseudoLabels,
    ...(blended !== undefined && blended.members.length > 1 && { ensemble: ensembleOf(blended, main) }),
    stages: report.instances.map(costOf),
    settings: {
      ...(record.settings as Readonly<Record<string, never>>),
      ...(decisions.length > 0 && {
        decided: decisions.map(({ key: name, value, reason }) => `${name}: ${value} (${reason})`),
      }),
    },
    stageKeys: report.instances.map(({ name, key: stageKey }) => ({ stage: name, key: stageKey })),
    rebuild: { command: rebuild, note: 'makes the same bytes, or names the input that changed' },
    environment: { ...record.stages.versions, engine: record.stages.engine },
  };
}

async function optional<T>(report: RunReport, name: string, port: string): Promise<T | undefined> {
  const path = report.instances.find((item) => item.name === name)?.outputs?.[port];
  return path === undefined ? undefined : await readJsonFile<T>(path);
}

function samplesOf(
  predictions: Predictions,
  rowOf: ReadonlyMap<string, ManifestRow>,
  head: string,
): Sample[] {
  const best = predictions.argmax();
  return predictions.ids.map((id, i) => {
    const row = rowOf.get(id);
    const label = row && labelOf(row, { name: head, classes: predictions.classes });
    const truth = typeof label === 'string' ? predictions.classes.indexOf(label) : -1;
    const predicted = best[i]!;
    return {
      id,
      predicted,
      confidence: Math.round(predictions.row(i)[predicted]! * 1e4) / 1e4,
      ...(truth >= 0 && { truth }),
      ...(predictions.folds !== undefined && { fold: predictions.folds[i]! }),
    };
  });
}

/** Thumbnails, the important ones first, as many as fit into a file of five megabytes. */
async function thumbnails(
  root: string,
  rowOf: ReadonlyMap<string, ManifestRow>,
  samples: readonly Sample[],
  issues: readonly { readonly id: string }[],
  explained: readonly ExplainedImage[],
  otherBytes: number,
): Promise<Map<string, string>> {
  const mistakes = samples
    .filter(({ truth, predicted }) => truth !== undefined && truth !== predicted)
    .toSorted((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0));
  const important = [...explained, ...issues, ...mistakes].map(({ id }) => id);
  const order = [...new Set([...important, ...samples.map(({ id }) => id)])].filter((id) => rowOf.has(id));
  const plan = planThumbnails({ images: order.length, important: new Set(important).size, otherBytes });
  const images = new Map<string, string>();
  for (const id of order.slice(0, plan.count)) {
    const { data, width, height, channels } = await decodeImage(rowOf.get(id)!.image, {
      root,
    });
    const small = sharp(data, { raw: { width, height, channels: channels as 3 } })
      .resize(plan.edge, plan.edge, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: plan.quality });
    images.set(id, imageDataUri(await small.toBuffer()));
  }
  return images;
}

/** A contact sheet of the first training's augmentation, if it is a list of transforms. */
async function augmentationSheet(
  report: RunReport,
  root: string,
  rows: readonly ManifestRow[],
): Promise<Buffer | undefined> {
  const training = report.instances.find(({ parts }) => parts.stage === trainFold.name);
  const steps = (training?.parts.settings as { augment?: unknown } | undefined)?.augment;
  const [row] = rows;
  if (!Array.isArray(steps) || steps.length === 0 || row === undefined) return undefined;
  const image = await decodeImage(row.image, { root });
  const sheet = contactSheet(image, pipelineFrom(steps), { rows: 2, cols: 5, seed: 1 });
  return await sharp(sheet.data, {
    raw: { width: sheet.width, height: sheet.height, channels: sheet.channels as 3 },
  })
    .resize(900, undefined, { withoutEnlargement: true })
    .webp({ quality: 70 })
    .toBuffer();
}

async function curvesOf(report: RunReport, metric: string): Promise<Curve[]> {
  const curves: Curve[] = [];
  for (const { name, outputs } of report.instances) {
    if (outputs?.history === undefined) continue;
    const { data } = Papa.parse<Record<string, string>>(await readFile(outputs.history, 'utf8'), {
      header: true,
      skipEmptyLines: true,
    });
    const number = (text: string | undefined) =>
      text === undefined || text === '' ? undefined : Number(text);
    curves.push({
      name,
      points: data.map((row) => ({
        epoch: Number(row.epoch),
        trainLoss: number(row.train_loss),
        valLoss: number(row.loss),
        metric: number(row[metric]),
        learningRate: number(row.learning_rate),
      })),
    });
  }
  return curves;
}

function ensembleOf(
  blended: BlendReport,
  main: ScoreReport['heads'][number],
): NonNullable<ReportData['ensemble']> {
  const { members, weights, method, fitted, nested } = blended;
  return {
    method,
    members: members.map((name, m) => {
      const diversity = blended.diversity.find((each) => each.name === name);
      const own = main.members.find((each) => each.name === name);
      return {
        name,
        weight: weights?.[m] ?? 1 / members.length,
        ...(own !== undefined && { score: own.cv.estimate }),
        ...(diversity !== undefined && {
          gain: diversity.gain,
          errorCorrelation: diversity.errorCorrelation,
        }),
      };
    }),
    fitted,
    nested,
  };
}

function costOf({ name, manifest, status }: InstanceReport): StageCost {
  return { name, seconds: (manifest?.durationMs ?? 0) / 1000, cached: status !== 'ran' };
}

function verdictOf(main: ScoreReport['heads'][number], grouped: boolean): string[] {
  const lines = [
    grouped
      ? 'No group is in two folds, so the score is that for groups that are new to the models.'
      : 'Each image was predicted by models that had not seen it.',
  ];
  const measured = main.classes.filter(({ support }) => support > 0).toSorted((a, b) => a.f1 - b.f1);
  const worst = measured.slice(0, 2).map(({ name, f1 }) => `${name} (F1 ${f1.toFixed(2)})`);
  if (measured.length > 2) lines.push(`The hardest classes are ${worst.join(' and ')}.`);
  return lines;
}

function accuracyOf(samples: readonly Sample[]): number {
  return samples.filter(({ truth, predicted }) => truth === predicted).length / Math.max(samples.length, 1);
}

function describeMembers(blended: BlendReport | undefined, folds: number, testImages: number): string {
  const members = blended?.members ?? [];
  const models = `${members.length || 1} ${members.length === 1 ? 'model' : 'models'}`;
  return `${models} (${members.join(', ')}), ${folds} folds each, ${testImages} test images`;
}

/** The blend that final predictions come from, before your own stages. */
function blendOf({ nodes }: Graph, name: string): string {
  const node = nodes.find((each) => each.name === name)!;
  const [before] = node.stage.name === blend.name ? [] : (node.inputs.predictions ?? []);
  return before !== undefined && 'from' in before ? blendOf({ nodes } as Graph, before.from) : name;
}
