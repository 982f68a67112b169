import { readPatch } from '@podium/dataset';
import { metrics } from '@podium/metrics';
import { type Graph, type InstanceReport, outputsOf, type RunReport } from '@podium/pipeline';
import { type HeadResults, type ReportData, renderReport, type StageCost } from '@podium/report';
import type { SubmissionRecord } from '@podium/submission';
import { readFindings } from '../artifacts/json.ts';
import { labelOf } from '../heads/scored-rows.ts';
import { raceReport } from '../race/race-report.ts';
import { pseudoResults } from '../run/pseudo-results.ts';
import type { BlendReport } from '../stages/blend.ts';
import type { ExplainedImage } from '../stages/explain.ts';
import type { MappedImage } from '../stages/map-features.ts';
import { blendResults } from './blend-results.ts';
import { dataFindings } from './data-findings.ts';
import { groupingOf } from './groups.ts';
import { headResults, type ShownHead } from './head-results.ts';
import { curveScore, learningCurves } from './learning-curves.ts';
import { pseudoSection } from './pseudo-section.ts';
import { optionalOutput, type RunResults, readResults } from './run-results.ts';
import { type ThumbnailSource, thumbnails } from './thumbnails.ts';
import { trainingImages } from './training-images.ts';

export interface ReportSources {
  readonly graph: Graph;
  readonly report: RunReport;
  readonly record: ReportedRun;
  /** The command that makes the submission again; undefined without one. */
  readonly rebuild: string | undefined;
  readonly testScore?: number;
}

/** What a report takes from the record of a run, with a submission or without. */
export type ReportedRun = Pick<
  SubmissionRecord,
  'competition' | 'run' | 'score' | 'settings' | 'stages' | 'decisions' | 'omissions' | 'warnings'
> & { readonly race?: unknown };

/** The report of a run as one HTML file. */
export async function reportHtml(sources: ReportSources): Promise<string> {
  return renderReport(await reportData(sources));
}

/** Gathers a run's results from the store. */
export async function reportData(sources: ReportSources): Promise<ReportData> {
  const { graph, report, record, rebuild, testScore } = sources;
  const results = await readResults(graph, report);
  const { score, train, test, root, lint } = results;
  const file = (name: string, port: string) => outputsOf(report, name)[port]!;
  const findings = await readFindings(file('data', 'findings'));
  const patch = await readPatch(file('data', 'patch'));
  const heads = headResults(results);
  const [main, ...others] = heads as [ShownHead, ...ShownHead[]];
  const single = firstHead(results, heads);
  const nameOf = labelText(results, single);
  const explained = (await optionalOutput<ExplainedImage[]>(report, 'explain', 'explanations')) ?? [];
  const mapped = await optionalOutput<readonly MappedImage[]>(report, 'map', 'map');
  const training = await trainingImages(graph, report, train.rows, nameOf);
  const small = await thumbnails(
    root,
    importantImages(results, heads, explained),
    train.rows.map(({ id, image }) => ({ key: id, image })),
    training.bytes,
  );
  const images = new Map([...small, ...training.images]);
  const shown = withImages(images);
  const metric = metrics.get(score.metric);
  const pseudo = pseudoSection(await pseudoResults(report));
  const { sentences, groups } = groupingOf(train.rows, findings.together.length);
  const blends = new Map<string, Awaited<ReturnType<typeof blendResults>>>();
  for (const { predicted } of heads)
    if (predicted !== undefined) blends.set(predicted, await blendResults(results, predicted));
  const ensembleOf = ({ predicted }: ShownHead) => ({
    ensemble: predicted === undefined ? undefined : blends.get(predicted)?.ensemble,
  });
  // Folds that are not trained are not scored.
  const scoredRows = main.folds?.reduce((sum, { rows = 0 }) => sum + rows, 0) || train.rows.length;
  const { low, high } = record.score ?? { low: score.score, high: score.score };
  return {
    title: `${record.competition}: ${record.run}`,
    competition: record.competition,
    metric: { name: metric.title, better: metric.direction, meaning: metric.meaning },
    score: {
      value: score.score,
      interval: { low, high },
      note: `out-of-fold, ${scoredRows} images${groups === undefined || scoredRows < train.rows.length ? '' : ` of ${groups} groups`}`,
    },
    ...(testScore !== undefined && { testScore: { value: testScore, note: 'on the hidden test labels' } }),
    submission: describeMembers(blends.get(single)?.blended, main.folds?.length ?? 0, test.rows.length),
    verdict: [...sentences, ...hardestClasses(main), ...pseudo.verdict],
    warnings: record.warnings.map(({ message }) => message),
    facts: {
      images: String(train.rows.length),
      ...(heads.length > 1
        ? { heads: String(heads.length) }
        : main.numbers !== undefined
          ? { numbers: main.numbers.columns.map(({ name }) => name).join(', ') }
          : { classes: String(main.classes?.length ?? 0) }),
      ...(groups !== undefined && { groups: String(groups) }),
      ...(test.rows.length > 0 && { 'test images': String(test.rows.length) }),
      ...pseudo.facts,
    },
    ...shown(main),
    ...ensembleOf(main),
    otherHeads: others.map((head) => ({ ...shown(head), ...ensembleOf(head), head: head.head })),
    images: Object.fromEntries(images),
    decisions: record.decisions,
    omissions: record.omissions,
    ...(lint !== undefined && {
      submissionChecks: {
        rows: lint.rows,
        form: lint.form.form,
        findings: lint.findings.map(({ rule, severity, message, fix }) => ({ rule, severity, message, fix })),
      },
    }),
    race: raceSection(record.race),
    curves: await learningCurves(report, score.metric),
    curveScore: curveScore(metric.title, report),
    explanations: explained
      .filter(({ id }) => images.has(id))
      .map(({ id, head, method, predicted, truth, right, width, height, values }) => ({
        id,
        head,
        image: id,
        method,
        predicted,
        right,
        ...(truth !== null && { truth }),
        heatmap: { width, height, values },
      })),
    ...(mapped !== undefined && {
      map: { method: 'UMAP of frozen features', points: mapPoints(mapped, results, single, nameOf, images) },
    }),
    findings: [...pseudo.findings, ...dataFindings(findings, patch, (id) => images.has(id))],
    pseudoLabels: pseudo.pseudoLabels,
    augmentation: training.augmentation,
    stages: report.instances.map(costOf),
    settings: record.settings as object,
    stageKeys: report.instances.map(({ name, key: stageKey }) => ({ stage: name, key: stageKey })),
    ...(rebuild !== undefined && {
      rebuild: { command: rebuild, note: 'makes the same bytes, or names the input that changed' },
    }),
    environment: { ...record.stages.versions, engine: record.stages.engine },
  };
}

/** What a race tried; undefined where there was none. */
function raceSection(recorded: unknown): ReportData['race'] {
  const { data: race } = raceReport.safeParse(recorded);
  return (
    race && {
      ...race,
      rows: race.rows.map(({ score, ...row }) => ({
        ...row,
        ...(score && { score: { value: score.estimate, interval: { low: score.low, high: score.high } } }),
      })),
    }
  );
}

/** The predicted head that maps and blends show. */
function firstHead({ score }: RunResults, heads: readonly ShownHead[]): string {
  return heads.find(({ predicted }) => predicted !== undefined)?.predicted ?? score.heads[0]!.heads[0]!;
}

/** The label of a row in one text. */
function labelText({ oof }: RunResults, head: string): (row: RunResults['train']['rows'][number]) => string {
  const classes = oof.get(head)?.classes ?? [];
  return (row) => {
    const label = labelOf(row, { name: head, classes });
    return typeof label === 'string' ? label : label === undefined ? '' : label.join(', ') || 'no label';
  };
}

/** Images that the report must show, the most important first. */
function importantImages(
  { rowOf, test }: RunResults,
  heads: readonly HeadResults[],
  explained: readonly { readonly id: string }[],
): ThumbnailSource[] {
  const testOf = new Map(test.rows.map((row) => [row.id, row]));
  const ids = [
    ...explained,
    ...heads.flatMap(({ labelIssues = [] }) => labelIssues.slice(0, ISSUES_SHOWN)),
    ...heads.flatMap(({ labelMistakes }) => labelMistakes?.shown ?? []),
    ...heads.flatMap(({ numbers }) => numbers?.mistakes ?? []),
    ...heads.flatMap(({ samples = [] }) =>
      samples
        .filter(({ truth, predicted }) => truth !== undefined && truth !== predicted)
        .toSorted((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0)),
    ),
  ].flatMap(({ id }) => {
    const row = rowOf.get(id);
    return row === undefined ? [] : [{ key: id, image: row.image }];
  });
  const tests = heads
    .flatMap(({ testPredictions }) => [
      ...(testPredictions?.leastSure ?? []),
      ...(testPredictions?.mostSure ?? []),
    ])
    .flatMap(({ id }) => {
      const row = testOf.get(id);
      return row === undefined ? [] : [{ key: testKey(id), image: row.image }];
    });
  return [...tests, ...ids];
}

/** The page lists so many. */
const ISSUES_SHOWN = 60;

/** Test images may have ids of training images. */
function testKey(id: string): string {
  return `test\0${id}`;
}

/** Adds the keys of images that there are. */
function withImages(images: ReadonlyMap<string, string>): (head: ShownHead) => HeadResults {
  const add = <T extends { readonly id: string }>(item: T, key = item.id): T & { image?: string } =>
    images.has(key) ? { ...item, image: key } : item;
  return ({ predicted: _, ...head }) => ({
    ...head,
    ...(head.samples !== undefined && { samples: head.samples.map((item) => add(item)) }),
    ...(head.labelIssues !== undefined && { labelIssues: head.labelIssues.map((item) => add(item)) }),
    ...(head.labelMistakes !== undefined && {
      labelMistakes: { ...head.labelMistakes, shown: head.labelMistakes.shown.map((item) => add(item)) },
    }),
    ...(head.numbers !== undefined && {
      numbers: { ...head.numbers, mistakes: head.numbers.mistakes.map((item) => add(item)) },
    }),
    ...(head.testPredictions !== undefined && {
      testPredictions: {
        ...head.testPredictions,
        mostSure: head.testPredictions.mostSure.map((item) => add(item, testKey(item.id))),
        leastSure: head.testPredictions.leastSure.map((item) => add(item, testKey(item.id))),
      },
    }),
  });
}

function mapPoints(
  mapped: readonly MappedImage[],
  { oof, rowOf }: RunResults,
  head: string,
  nameOf: ReturnType<typeof labelText>,
  images: ReadonlyMap<string, string>,
): NonNullable<ReportData['map']>['points'] {
  const predictions = oof.get(head);
  return mapped.map(({ id, x, y }) => {
    const row = rowOf.get(id);
    const at = predictions?.indexOf(id);
    const name = row === undefined ? '' : nameOf(row);
    return {
      id,
      x,
      y,
      ...(images.has(id) && { image: id }),
      ...(name !== '' && { class: name }),
      ...(at !== undefined && predictions?.folds !== undefined && { fold: predictions.folds[at]! }),
    };
  });
}

function costOf({ name, manifest }: InstanceReport): StageCost {
  return { name, seconds: (manifest?.durationMs ?? 0) / 1000 };
}

function hardestClasses({ perClass = [] }: HeadResults): string[] {
  const measured = perClass.filter(({ support }) => support > 0).toSorted((a, b) => a.f1 - b.f1);
  // Where all are alike, none is hard.
  if (measured.length < 3 || measured[0]!.f1 >= Math.min(0.995, measured.at(-1)!.f1)) return [];
  const worst = measured
    .slice(0, 2)
    .map(
      ({ name, f1, support, interval }) =>
        `${name} (F1 ${f1.toFixed(2)} on ${support} ${support === 1 ? 'image' : 'images'}${interval === undefined ? '' : `, 95 % interval ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`})`,
    );
  return [`The hardest classes are ${worst.join(' and ')}.`];
}

function describeMembers(blended: BlendReport | undefined, folds: number, testImages: number): string {
  const members = blended?.members ?? [];
  const models = `${members.length || 1} ${members.length === 1 ? 'model' : 'models'}`;
  const tests = testImages === 0 ? '' : `, ${testImages} test images`;
  return `${models} (${members.join(', ')}), ${folds} folds each${tests}`;
}
