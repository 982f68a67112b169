import { resolve } from 'node:path';
import type { Decision, Omission } from '@podium/core';
import { PodiumError } from '@podium/core';
import { type Manifest, readManifest } from '@podium/dataset';
import type { Precision } from '@podium/engine';
import { type Graph, outputsOf } from '@podium/pipeline';
import { semiSupervisedMethods } from '@podium/semi-supervised';
import { readJsonFile } from '../artifacts/json.ts';
import { leftOutImages } from '../external/left-out-images.ts';
import { CompetitionGraph } from '../graph/competition-graph.ts';
import type { UserStage } from '../graph/user-stages.ts';
import { labelOf } from '../heads/scored-rows.ts';
import { fastestPrecision } from '../models/open-engine.ts';
import { presets } from '../presets/index.ts';
import { raceFolds, raceModels, races } from '../race/race-models.ts';
import type { RaceReport } from '../race/race-report.ts';
import { isSmall } from '../recipe/defaults.ts';
import { resolveCandidates } from '../recipe/resolve-candidates.ts';
import {
  type ModelCandidate,
  modelName,
  type ResolvedConfig,
  resolveConfig,
  resolveFolds,
} from '../recipe/resolve-config.ts';
import type { Settings } from '../settings/schema.ts';
import type { AdmissionReport } from '../stages/admit-external.ts';
import type { ChangesReport } from '../stages/measure-changes.ts';
import type { Recommendation } from '../stages/recommend.ts';
import { importUserStage } from '../user-code/import-user-stage.ts';
import { type DatasetSummary, summarizeDataset } from './dataset-summary.ts';
import { foldDecisions } from './fold-decisions.ts';
import { leftOut } from './left-out.ts';
import {
  assertHead,
  checkFolds,
  checkHeads,
  checkTrainable,
  chooseScoring,
  type Scoring,
} from './preflight.ts';
import { type Project, runProject } from './project.ts';

/** A competition that is ready to train: everything the settings left open is decided. */
export interface PreparedCompetition {
  readonly graph: Graph;
  /** By source: what a file can be fetched by on another machine. */
  readonly fetchable: ReadonlyMap<string, string>;
  readonly dataset: DatasetSummary;
  readonly config: ResolvedConfig;
  /** Heads that models are trained for. */
  readonly heads: readonly string[];
  /** What predictions are scored by, and how they become a submission. */
  readonly scoring: Scoring;
  /** Everything that is left out: rows, images, files. */
  readonly omissions: readonly Omission[];
  /** What a race decided, where there was one. */
  readonly race: RaceReport | undefined;
  /** The settings, with the metric even if they did not name it. */
  readonly settings: Settings & { readonly metric: string };
}

/**
 * Reads and checks the data, measures what the preset needs to know, and decides what the settings leave open: everything
 * before the first training.
 * @param options.submits whether there has to be something to submit; default: true
 */
export async function prepareCompetition(
  project: Project,
  { submits = true }: { readonly submits?: boolean } = {},
): Promise<PreparedCompetition> {
  const { found, threads, backend, emit } = project;
  const { settings, folder } = found;
  if (project.endsRace && !races(settings)) throw noRace();
  const graph = new CompetitionGraph({ settings, folder, threads, backend });
  emit({ type: 'phase', phase: 'reading-data' });
  const read = outputsOf(await runProject(project, graph.build(), [graph.data.name]), graph.data);
  const train = await readManifest(read.train);
  const dataset = await summarizeDataset(train, read);
  // Told before anything throws: they may explain it.
  const told: Decision[] = [];
  const omissions: Omission[] = [];
  const tellAll = (decided: readonly Decision[], left: readonly Omission[]) => {
    for (const omission of left) emit({ type: 'omission', omission });
    for (const decision of decided) emit({ type: 'decision', decision });
    told.push(...decided);
    omissions.push(...left);
  };
  tellAll([...(found.decisions ?? []), ...dataset.format.decisions], dataset.format.omissions);
  const heads = trainedHeads(settings.heads, dataset);
  tellAll(openBasics(settings, heads, threads), []);
  const left = await leftOut(settings, dataset, { train, patch: read.patch! }, heads);
  tellAll([], left.omissions);
  const checked = { settings, dataset, heads };
  checkHeads(checked);
  checkFolds(settings, dataset);
  left.assertFew();
  assertClasses(heads, dataset);
  assertVaries(heads, train);
  const data = resolve(folder, settings.data.folder);
  const scoring = await chooseScoring(checked, { data, test: read.test, submits });
  tellAll(scoring.decisions, scoring.omissions);
  checkTrainable(checked, scoring);
  const decisions: Decision[] = [];
  const decide = (key: string, value: unknown, reason: string) =>
    void decisions.push({ key, value: String(value), reason });
  const folds = races(settings)
    ? raceFolds(settings, dataset, decide)
    : resolveFolds(settings, dataset, decide);
  decisions.push(...foldDecisions(settings, dataset, train));
  graph.addFolds(folds);
  const candidates = await resolveCandidates(project, dataset, decide);
  const { pseudoLabels, outside, admission } = await admitExternal(
    project,
    graph,
    dataset,
    heads,
    candidates,
  );
  if (admission !== undefined)
    tellAll(
      admission.read.flatMap((source) => source.decisions),
      leftOutImages(admission),
    );
  const precision = races(settings) ? await fastestPrecision(backend) : 'float32';
  const measured = await measureTransfer(project, graph, dataset, heads, candidates, precision);
  const changes = await measureImageChanges(project, graph, dataset, heads, candidates);
  const decideAll = (some: readonly ModelCandidate[], checksUse = true) =>
    resolveConfig({ settings, candidates: some, dataset, measured, changes, folds, checksUse });
  let race: RaceReport | undefined;
  let resolved: ResolvedConfig;
  if (races(settings)) {
    if (settings.timeLimit === undefined)
      decide('timeLimit', presets.get(settings.preset).timeLimit, `preset ${settings.preset}`);
    if (settings.train.precision === undefined)
      decide('train.precision', precision, 'the fastest of this machine');
    tellAll(decisions.splice(0), []);
    const raced = await raceModels(project, graph, {
      candidates,
      resolve: decideAll,
      dataset,
      manifest: train,
      heads,
      folds,
      scoring,
      recommendation: [...measured.values()][0],
      mirrors: changes?.mirrored.keepsClasses === true,
      colors: changes?.gray.keepsClasses !== false,
      precision,
      outside,
    });
    race = raced.report;
    resolved = raced.config;
    decisions.push(...raced.decisions);
  } else {
    resolved = decideAll(candidates);
    decisions.push(...resolved.decisions);
  }
  tellAll(decisions, []);
  const config = { ...resolved, decisions: told };
  warnOfProbes(project, config);
  const userStages = await importUserStages(settings, folder);
  graph.addTraining(config, heads, { pseudoLabels, userStages, scoring });
  return {
    graph: graph.build(),
    fetchable: graph.fetchable,
    dataset,
    config,
    heads,
    scoring,
    omissions,
    race,
    settings: { ...settings, metric: scoring.metric },
  };
}

function noRace(): PodiumError {
  return new PodiumError({
    code: 'finish-no-race',
    message: 'these settings say how to train, so there is no race to end',
    fix: 'podium run resumes the run; folds.only=[0] submits with the folds that are named',
  });
}

/** What the settings leave open and nothing has to be measured for. */
function openBasics(
  { heads, ...settings }: Settings,
  trained: readonly string[],
  threads: number,
): Decision[] {
  const decisions: Decision[] = [];
  if (heads.train === undefined && heads.combine === undefined && trained.length > 1)
    decisions.push({ key: 'heads.train', value: trained.join(', '), reason: 'all heads of the data' });
  if (settings.threads === undefined)
    decisions.push({ key: 'threads', value: String(threads), reason: 'the cores of this machine' });
  return decisions;
}

async function importUserStages(settings: Settings, folder: string): Promise<UserStage[]> {
  const stages: UserStage[] = [];
  for (const { module, export: name, settings: own } of settings.postprocess) {
    const file = resolve(folder, module);
    stages.push({ stage: await importUserStage(file, name), settings: own, file });
  }
  return stages;
}

/** Measures which case of transfer learning the data is, for the models whose training depends on it; by model name. */
async function measureTransfer(
  project: Project,
  graph: CompetitionGraph,
  dataset: DatasetSummary,
  heads: readonly string[],
  candidates: readonly ModelCandidate[],
  precision: Precision,
): Promise<Map<string, Recommendation>> {
  const { emit, found } = project;
  const [head] = dataset.heads.filter(({ name, task }) => heads.includes(name) && task === 'single-label');
  // A race tries what this only explains, and needs the time.
  const measuring = { most: races(found.settings) ? 300 : 2000, precision };
  const nodes = new Map<string, ReturnType<CompetitionGraph['addTransferMeasurement']>>();
  for (const { settings, weights } of candidates) {
    const { method, plan } = { ...found.settings.train, ...settings };
    const isOpen = method === undefined || (method === 'transfer' && plan === undefined);
    const name = modelName(settings);
    if (weights === undefined || !isOpen || head === undefined || nodes.has(name)) continue;
    nodes.set(name, graph.addTransferMeasurement(weights, dataset.rows, head.name, measuring));
  }
  const recommendations = new Map<string, Recommendation>();
  if (nodes.size === 0) return recommendations;
  emit({ type: 'phase', phase: 'measuring-transfer' });
  const report = await runProject(
    project,
    graph.build(),
    [...nodes.values()].map(({ name }) => name),
  );
  for (const [model, node] of nodes) {
    const recommendation = await readJsonFile<Recommendation>(outputsOf(report, node).recommendation);
    recommendations.set(model, recommendation);
    emit({ type: 'recommendation', model, recommendation });
  }
  return recommendations;
}

/** Measures whether changed images keep their classes, for models whose settings leave it open; undefined if none does. */
async function measureImageChanges(
  project: Project,
  graph: CompetitionGraph,
  { format }: DatasetSummary,
  heads: readonly string[],
  candidates: readonly ModelCandidate[],
): Promise<ChangesReport | undefined> {
  const isOpen = candidates.some(({ settings }) => {
    const { flip, colors, augment, views, method } = { ...project.found.settings.train, ...settings };
    if (
      (flip !== undefined && colors !== undefined) ||
      (augment !== undefined && typeof augment !== 'string')
    )
      return false;
    if (augment === undefined && isSmall(format.side)) return false;
    // Of frozen features, only a view may be mirrored.
    return !(views !== undefined && (method === 'probe' || augment === 'none'));
  });
  if (!isOpen) return undefined;
  project.emit({ type: 'phase', phase: 'measuring-changes' });
  const node = graph.addChangesMeasurement(heads);
  const report = await runProject(project, graph.build(), [node.name]);
  return await readJsonFile<ChangesReport>(outputsOf(report, node).report);
}

/**
 * Admits external images.
 * @returns what was admitted, how many of them have labels, and whether there are images to pseudo-label: if not, the run
 * continues without pseudo labels
 */
async function admitExternal(
  project: Project,
  graph: CompetitionGraph,
  dataset: DatasetSummary,
  heads: readonly string[],
  candidates: readonly ModelCandidate[],
): Promise<{
  readonly pseudoLabels: boolean;
  readonly outside: number;
  readonly admission: AdmissionReport | undefined;
}> {
  const { emit, found } = project;
  const { external, pseudo } = found.settings;
  if (pseudo !== undefined) assertSingleLabel(dataset, heads);
  let unlabeled = pseudo?.allowTest === true ? dataset.testRows : 0;
  let labeled = 0;
  let report: AdmissionReport | undefined;
  if (external.length > 0) {
    emit({ type: 'phase', phase: 'admitting-external' });
    const weights = candidates.find((candidate) => candidate.weights !== undefined)?.weights;
    const node = graph.addExternal(weights, dataset.format.side);
    const { admission, rows } = outputsOf(await runProject(project, graph.build(), [node.name]), node);
    report = await readJsonFile<AdmissionReport>(admission);
    emit({ type: 'admission', report });
    const admitted = (await readManifest(rows)).rows;
    const without = admitted.filter(({ labels }) => Object.keys(labels).length === 0).length;
    unlabeled += without;
    labeled = admitted.length - without;
  }
  if (pseudo !== undefined && unlabeled === 0) {
    const message = 'no image is left to label; the models are trained without pseudo labels';
    emit({ type: 'warning', code: 'pseudo-nothing-to-label', message });
  }
  return { pseudoLabels: pseudo !== undefined && unlabeled > 0, outside: labeled, admission: report };
}

/** Methods that label while they train need a network that is trained. */
function warnOfProbes({ found, emit }: Project, { models }: ResolvedConfig): void {
  const { pseudo } = found.settings;
  if (pseudo === undefined || !semiSupervisedMethods.has(pseudo.method)) return;
  for (const { name, method } of models) {
    if (method !== 'probe' || pseudo.models?.includes(name) === false) continue;
    emit({
      type: 'warning',
      code: 'pseudo-probe',
      message: `${name} is a probe on frozen features, which ${pseudo.method} cannot train: it stays as it is (method: transfer trains the network)`,
    });
  }
}

function assertSingleLabel({ heads }: DatasetSummary, trained: readonly string[]): void {
  const multi = heads.find(({ name, task }) => task !== 'single-label' && trained.includes(name));
  if (multi === undefined) return;
  throw new PodiumError({
    code: 'pseudo-task',
    path: { key: 'pseudo' },
    message: `head "${multi.name}" ${multi.task === 'regression' ? 'predicts numbers' : 'has several labels per image'}`,
    expected: 'heads with one class per image',
    got: multi.task,
    fix: 'name the other heads (heads.train), or leave pseudo out',
  });
}

function trainedHeads({ train, combine }: Settings['heads'], { heads }: DatasetSummary): readonly string[] {
  const names = heads.map(({ name }) => name);
  const wanted = train ?? combine?.from ?? names;
  const key = train === undefined ? 'heads.combine.from' : 'heads.train';
  for (const name of wanted)
    assertHead(names, name, key, (known) => {
      return `${key}: [${wanted.map((own) => (own === name ? known : JSON.stringify(own))).join(', ')}]`;
    });
  return wanted;
}

/** @throws PodiumError `head-constant` for a column of numbers that are all the same */
function assertVaries(trained: readonly string[], { heads, rows }: Manifest): void {
  for (const head of heads) {
    if (head.task !== 'regression' || !trained.includes(head.name)) continue;
    for (const [k, column] of head.classes.entries()) {
      const values = new Set(rows.flatMap((row) => labelOf(row, head)?.[k] ?? []));
      const [only] = values;
      if (values.size !== 1) continue;
      throw new PodiumError({
        code: 'head-constant',
        path: { key: head.name },
        message: `all training images have the same number in "${column}"`,
        expected: 'at least two different numbers',
        got: String(only),
        fix: 'check the table of labels, and which of its columns are predicted (data.options.labels)',
      });
    }
  }
}

function assertClasses(trained: readonly string[], { heads }: DatasetSummary): void {
  const single = heads.find(
    ({ name, classes, task }) => task !== 'regression' && trained.includes(name) && classes.length < 2,
  );
  if (single === undefined) return;
  throw new PodiumError({
    code: 'head-one-class',
    path: { key: single.name },
    message: 'all training images have the same class',
    expected: 'at least two classes',
    got: single.classes.join(', ') || 'none',
    fix: 'check the table of labels, and which of its columns is the label (data.options)',
  });
}
