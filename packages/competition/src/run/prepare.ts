import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { models as zoo } from '@podium/model-zoo';
import type { Graph, RunReport } from '@podium/pipeline';
import { semiSupervisedMethods } from '@podium/pseudo-label/online';
import { describeAdmission } from '../../../../apps/podium/src/terminal/pseudo-report.ts';
import { readJsonFile } from '../artifacts/json.ts';
import { type OwnStage, Plan } from '../graph/graph-builder.ts';
import { SMALL_NET } from '../models/open-model.ts';
import { importOwnStage } from '../own-code/import-own-stage.ts';
import { presets } from '../presets/index.ts';
import {
  type Candidate,
  type Choice,
  type Chosen,
  chooseFolds,
  chooseTraining,
  nameOf,
} from '../recipe/resolve-config.ts';
import { findWeights } from '../recipe/weights.ts';
import type { ModelSettings, PseudoSettings } from '../settings/schema.ts';
import type { Recommendation } from '../stages/recommend.ts';
import { type DataFacts, readFacts } from './dataset-summary.ts';
import { checkSubmittable, checkTrainable } from './preflight.ts';
import { type Project, runProject, tellDownload } from './project.ts';

/** A competition that is ready to be trained: everything that was left open is decided. */
export interface Prepared {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly facts: DataFacts;
  readonly chosen: Chosen;
  /** Heads that models are trained for. */
  readonly heads: readonly string[];
}

/**
 * Reads and checks the data, measures what the preset needs to know, and decides what the settings leave open: everything
 * up to the first training.
 * @param options.submits whether there has to be something to submit; default: true
 */
export async function prepare(
  project: Project,
  { submits = true }: { readonly submits?: boolean } = {},
): Promise<Prepared> {
  const { found, terminal, threads, backend } = project;
  const { settings, folder } = found;
  const plan = new Plan({ settings, folder, threads, backend });
  terminal.say('reading the data');
  const read = outputsOf(await runProject(project, plan.graph(), ['data']), 'data');
  const facts = await readFacts(read);
  const heads = trainedHeads(settings.heads, facts);
  checkTrainable({ settings, facts, heads });
  if (submits) {
    const data = resolve(folder, settings.data.folder);
    await checkSubmittable({ settings, facts, heads, data, test: read.test! });
  }
  const folding = chooseFolds(settings, facts);
  plan.folds(folding.folds);
  const choices: Choice[] = folding.choice === undefined ? [] : [folding.choice];
  const candidates = await chooseModels(project, facts, choices);
  await admitExternal(project, plan, facts, heads, candidates);
  const recommendations = await measureTransfer(project, plan, facts, heads, candidates);
  const chosen = chooseTraining(settings, candidates, facts, recommendations, folding.folds, threads);
  const all = { ...chosen, choices: [...choices, ...chosen.choices] };
  if (all.choices.length > 0) terminal.say('what the settings leave open:');
  for (const { key, value, why } of all.choices) terminal.say(`  ${key}: ${value} (${why})`);
  const after: OwnStage[] = [];
  for (const { module, export: name, settings: own } of settings.postprocess) {
    const file = resolve(folder, module);
    after.push({ stage: await importOwnStage(file, name), settings: own, file });
  }
  tellProbes(settings.pseudo, all, terminal);
  plan.train(all, heads, after);
  return { plan, graph: plan.graph(), facts, chosen: all, heads };
}

/** Measures which case of transfer learning the data is, for the networks whose training depends on it; by their names. */
async function measureTransfer(
  project: Project,
  plan: Plan,
  facts: DataFacts,
  heads: readonly string[],
  candidates: readonly Candidate[],
): Promise<Map<string, Recommendation>> {
  const { terminal, found } = project;
  const [head] = facts.heads.filter(({ name, task }) => heads.includes(name) && task === 'single-label');
  const measured = new Map<string, string>();
  for (const { settings, weights } of candidates) {
    const { method, plan: chosen } = { ...found.settings.train, ...settings };
    const isOpen = method === undefined || (method === 'transfer' && chosen === undefined);
    if (weights === undefined || !isOpen || head === undefined || measured.has(nameOf(settings))) continue;
    measured.set(nameOf(settings), plan.recommend(weights, facts.rows, head.name));
  }
  const recommendations = new Map<string, Recommendation>();
  if (measured.size === 0) return recommendations;
  terminal.say('measuring how much these images are like those that the networks were pretrained on');
  const report = await runProject(project, plan.graph(), [...measured.values()]);
  for (const [model, name] of measured) {
    const { recommendation } = outputsOf(report, name);
    const result = await readJsonFile<Recommendation>(recommendation!);
    recommendations.set(model, result);
    if (result === null) continue;
    terminal.say(`  ${model}: ${result.case}`);
    for (const line of [...result.reasons, ...result.warnings]) terminal.say(`    ${line}`);
  }
  return recommendations;
}

/**
 * Lets external images in, and says what they are like. Where pseudo labels are asked for and there is nothing to label,
 * the run goes on without.
 */
async function admitExternal(
  project: Project,
  plan: Plan,
  facts: DataFacts,
  heads: readonly string[],
  candidates: readonly Candidate[],
): Promise<void> {
  const { terminal, found } = project;
  const { external, pseudo } = found.settings;
  if (pseudo !== undefined) refuseMultiLabel(facts, heads);
  let unlabeled = pseudo?.allowTest === true ? facts.testRows : 0;
  if (external.length > 0) {
    terminal.say('looking at the external images');
    const weights = candidates.find((candidate) => candidate.weights !== undefined)?.weights;
    const name = plan.admit(weights, facts.format.side);
    const { admission, rows } = outputsOf(await runProject(project, plan.graph(), [name]), name);
    for (const line of describeAdmission(await readJsonFile(admission!))) terminal.say(`  ${line}`);
    const admitted = (await readManifest(rows!)).rows;
    unlabeled += admitted.filter(({ labels }) => Object.keys(labels).length === 0).length;
  }
  if (pseudo === undefined) return;
  if (unlabeled > 0) plan.labels();
  else
    terminal.say('  warning: no image is left to be labeled; the models are trained without pseudo labels');
}

/** Methods that label while they train need a network that is trained. */
function tellProbes(
  pseudo: PseudoSettings | undefined,
  { models }: Chosen,
  { say }: Pick<Project['terminal'], 'say'>,
): void {
  if (pseudo === undefined || !semiSupervisedMethods.has(pseudo.method)) return;
  for (const { name, method } of models) {
    if (method !== 'probe' || pseudo.models?.includes(name) === false) continue;
    say(
      `  warning: ${name} is a probe of frozen features, which ${pseudo.method} cannot train: it stays as it is (method: transfer trains the network)`,
    );
  }
}

function refuseMultiLabel({ heads }: DataFacts, trained: readonly string[]): void {
  const several = heads.find(({ name, task }) => task === 'multi-label' && trained.includes(name));
  if (several === undefined) return;
  throw new PodiumError({
    code: 'pseudo-task',
    path: { key: 'pseudo' },
    message: `head "${several.name}" has several classes an image`,
    expected: 'heads with one class an image',
    got: 'multi-label',
    fix: 'name the other heads (heads.train), or leave pseudo out',
  });
}

/** The outputs of an instance that a run has made. */
export function outputsOf(report: RunReport, name: string): Readonly<Record<string, string>> {
  const outputs = report.instances.find((item) => item.name === name)?.outputs;
  if (outputs !== undefined) return outputs;
  throw new PodiumError({ code: 'run-no-output', message: `the run has no outputs of ${name}` });
}

function trainedHeads(
  {
    train,
    combine,
  }: {
    readonly train?: readonly string[] | undefined;
    readonly combine?: { readonly from: readonly string[] } | undefined;
  },
  { heads }: DataFacts,
): readonly string[] {
  const names = heads.map(({ name }) => name);
  const wanted = train ?? combine?.from ?? names;
  for (const name of wanted) {
    if (names.includes(name)) continue;
    throw new PodiumError({
      code: 'head-unknown',
      path: { key: train === undefined ? 'heads.combine.from' : 'heads.train' },
      expected: names,
      got: JSON.stringify(name),
      fix: 'choose among the heads that the data has',
    });
  }
  const single = heads.find(({ name, classes }) => wanted.includes(name) && classes.length < 2);
  if (single === undefined) return wanted;
  throw new PodiumError({
    code: 'head-one-class',
    path: { key: single.name },
    message: 'all training images have the same class',
    expected: 'at least two classes',
    got: single.classes.join(', ') || 'none',
    fix: 'check the table of labels, and which of its columns is the label (data.options)',
  });
}

/** The models to train, with their weights on this machine. */
async function chooseModels(project: Project, facts: DataFacts, choices: Choice[]): Promise<Candidate[]> {
  const { found, terminal, signal } = project;
  const { settings, folder } = found;
  const fetch = { signal, onEvent: tellDownload(terminal), folder };
  if (settings.models !== undefined) {
    const candidates: Candidate[] = [];
    for (const given of settings.models) {
      const model: ModelSettings = typeof given === 'string' ? { model: given } : given;
      const { pretrained = typeof model.model === 'string' && model.model !== SMALL_NET } = model;
      if (typeof model.model === 'string' && model.model !== SMALL_NET) zoo.get(model.model);
      const weights =
        pretrained === false || typeof model.model !== 'string'
          ? undefined
          : await findWeights(model.model, pretrained, fetch);
      candidates.push({ settings: model, weights });
    }
    return candidates;
  }
  const preset = presets.get(settings.preset);
  if (facts.format.side <= 48) {
    choices.push({
      key: 'models',
      value: SMALL_NET,
      why: `the images are ${facts.format.side} pixels small, unlike what pretrained networks know`,
    });
    return [{ settings: { model: SMALL_NET }, weights: undefined }];
  }
  const candidates: Candidate[] = [];
  const failures: string[] = [];
  for (const alternatives of preset.models) {
    const taken = new Set(candidates.map(({ settings: own }) => own.model));
    for (const name of alternatives.filter((each) => !taken.has(each))) {
      try {
        candidates.push({
          settings: { model: name },
          weights: await findWeights(name, true, { ...fetch, isSure: false }),
        });
        break;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PodiumError)) throw error;
        failures.push(`${name}: ${error.message.split('\n')[0]}`);
      }
    }
  }
  for (const failure of failures) terminal.say(`  weights that could not be had: ${failure}`);
  if (candidates.length > 0) {
    const value = candidates.map(({ settings: own }) => nameOf(own)).join(', ');
    choices.push({ key: 'models', value, why: `preset ${preset.name}: ${preset.summary}` });
    return candidates;
  }
  choices.push({ key: 'models', value: SMALL_NET, why: 'no pretrained weights could be had' });
  return [{ settings: { model: SMALL_NET }, weights: undefined }];
}
