import { PodiumError } from '@podium/core';
import { createLoader, rowsOfFold, shuffled } from '@podium/dataset';
import { applyTransfer, planFor, stageAt, models as zoo } from '@podium/model-zoo';
import { type Node, outputsOf } from '@podium/pipeline';
import {
  type DoctorFinding,
  type DoctorSubject,
  type PerformanceTip,
  runDoctor,
  timeDoctorStep,
} from '@podium/training';
import { CompetitionGraph } from '../graph/competition-graph.ts';
import { readRows } from '../heads/fold-rows.ts';
import { trainingLoss } from '../models/head-loss.ts';
import { openEngine } from '../models/open-engine.ts';
import { openModel } from '../models/open-model.ts';
import { optimizerOf, trainingTransform } from '../models/train-network.ts';
import { evalSteps, pipelineModule } from '../models/views.ts';
import type { ResolvedModel } from '../recipe/resolve-config.ts';
import { prepareCompetition } from '../run/prepare.ts';
import { type ProjectOptions, runProject, withProject } from '../run/project.ts';
import { type SettingsSource, settingsOf } from '../run/run-competition.ts';
import { trainFold } from '../stages/train-fold.ts';
import { measureSteps } from './measure-steps.ts';

/** What the doctor found out about one model. */
export interface Examination {
  readonly model: string;
  readonly findings: readonly DoctorFinding[];
  readonly tips: readonly PerformanceTip[];
  /** A table of the kernels of one training step. */
  readonly profile: string;
}

export interface ExamineOptions extends ProjectOptions {
  /** Name of the model. Default: the first one. */
  readonly model?: string;
  /** Names of the checks. Default: all. */
  readonly checks?: readonly string[];
  /** Settings that win over the others: `train.epochs=5`. */
  readonly overrides?: readonly string[];
  readonly onFinding?: (finding: DoctorFinding) => void;
}

/**
 * Examines a model's training on the first fold exactly as a run would train it, with your model, data, augmentation and
 * settings. Nothing is kept.
 * @throws PodiumError `doctor-model`
 */
export async function examineTraining(
  source: SettingsSource,
  { model: wanted, checks, overrides, onFinding = () => {}, ...options }: ExamineOptions = {},
): Promise<Examination> {
  const found = await settingsOf(source, { overrides, trust: options.trust });
  return await withProject(found, options, async (project) => {
    const { threads, backend, signal, emit } = project;
    const { config, heads: trainedHeads, scoring } = await prepareCompetition(project);
    const chosen = chooseModel(config.models, wanted);
    const graph = new CompetitionGraph({ settings: found.settings, folder: found.folder, threads, backend });
    const folds = graph.addFolds(config.folds);
    graph.addTraining({ ...config, models: [chosen] }, trainedHeads, {
      pseudoLabels: false,
      userStages: [],
      scoring,
    });
    const built = graph.build();
    const report = await runProject(project, built, [graph.data.name, folds.name]);
    const node = built.nodes.find(({ stage }) => stage.name === trainFold.name)!;
    emit({ type: 'phase', phase: 'examining-model' });
    const settings = trainFold.settings.parse(node.settings);
    const sourcePath = (port: string) => sourceOf(node, port, built.sources);
    const { rows, heads } = await readRows(
      outputsOf(report, graph.data).train,
      outputsOf(report, folds).folds,
      settings.heads,
    );
    const { train, validation } = rowsOfFold(rows, settings.fold);
    await openEngine(settings, signal);
    const seed = String(node.seed ?? 0);
    const weights = sourcePath('weights');
    const model = await openModel({ settings, heads, seed, weights, code: sourcePath('modelCode') });
    const { batchSize, imageSize } = settings;
    const common = {
      root: sourcePath('data')!,
      heads,
      batchSize,
      imageSize: [imageSize, imageSize] as const,
    };
    const loader = (pass: number, epochs = 1) =>
      createLoader({
        ...common,
        rows: train,
        seed: `${seed}/${pass}`,
        epochs,
        transform: trainingTransform(settings, sourcePath('transformCode')),
        sampler: shuffled(),
      });
    const groups = new Map(rows.map(({ id, group }) => [id, group]));
    const transferPlan = settings.plan && planFor(settings.plan);
    const subject: DoctorSubject = {
      model,
      loss: trainingLoss(heads, train, settings),
      seed,
      normalization: settings.input,
      learningRate: settings.learningRate,
      optimizer: optimizerOf(settings),
      groups: { weightDecay: settings.weightDecay },
      batches: (pass) => loader(pass),
      validation: () =>
        createLoader({
          ...common,
          rows: validation,
          seed: 0,
          transform: pipelineModule(evalSteps(settings)),
        }),
      ids: { training: train.map(({ id }) => id), validation: validation.map(({ id }) => id) },
      groupOf: (id) => groups.get(id),
      classNames: Object.fromEntries(heads.map(({ name, classes }) => [name, classes])),
      pretrainedInput:
        weights === undefined || settings.model === undefined
          ? undefined
          : zoo.get(settings.model).weights[0]?.input,
      plan: transferPlan && ((share) => applyTransfer(model, transferPlan, stageAt(transferPlan, share))),
    };
    const stepSeconds = await timeDoctorStep(subject);
    const reading = await timeReading(loader(1));
    const perPass = Math.max(1, Math.ceil(train.length / batchSize));
    const readBatch = reading.next + reading.first / perPass;
    const measuring = MEASURING_STEPS * ((stepSeconds * batchSize) / 16 + readBatch);
    const findings = await runDoctor(subject, {
      onStart: ({ title, position, count, stepsLeft, batchesLeft }) => {
        const opening = (count - position + 1) * reading.first;
        const secondsLeft = stepsLeft * stepSeconds + batchesLeft * readBatch + opening + measuring;
        emit({ type: 'examining', title, position, count, secondsLeft });
      },
      onFinding: (finding) => {
        signal.throwIfAborted();
        onFinding(finding);
      },
      checks,
    });
    const measured = await measureSteps(subject, settings.precision, () => loader(1000, 1000), batchSize);
    return { model: chosen.name, findings, ...measured };
  });
}

/** Steps that the measurement takes in all: `measure-steps.ts`. */
const MEASURING_STEPS = 14;
/** Batches that are read to know how long one takes. */
const TIMED_BATCHES = 4;

/** Seconds until the first batch, which includes starting the workers, and between those after it. */
async function timeReading(batches: AsyncIterable<unknown>): Promise<{ first: number; next: number }> {
  const times = [performance.now()];
  for await (const _ of batches) if (times.push(performance.now()) > TIMED_BATCHES) break;
  const [began = 0, first = began] = times;
  const last = times.at(-1)!;
  return { first: (first - began) / 1000, next: (last - first) / 1000 / Math.max(1, times.length - 2) };
}

/** A probe trains only the classifier of a network, and is examined as such. */
function chooseModel(models: readonly ResolvedModel[], wanted: string | undefined): ResolvedModel {
  const chosen = wanted === undefined ? models[0] : models.find(({ name }) => name === wanted);
  if (chosen !== undefined)
    return chosen.method === 'probe' ? { ...chosen, method: 'transfer', plan: 'little-similar' } : chosen;
  throw new PodiumError({
    code: 'doctor-model',
    message: 'the settings have no such model',
    expected: models.map(({ name }) => name),
    got: JSON.stringify(wanted),
  });
}

function sourceOf(
  { inputs }: Node,
  port: string,
  sources: Readonly<Record<string, { readonly path: string }>>,
): string | undefined {
  const [reference] = inputs[port] ?? [];
  return reference !== undefined && 'source' in reference ? sources[reference.source]?.path : undefined;
}
