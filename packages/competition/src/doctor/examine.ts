import { availableParallelism, totalmem } from 'node:os';
import { PodiumError } from '@podium/core';
import { type Batch, createLoader, type Loader, rowsOfFold, shuffled } from '@podium/dataset';
import {
  formatProfile,
  measurePrecision,
  memory,
  type Precision,
  type Profile,
  profile,
} from '@podium/engine';
import { applyTransfer, planFor, pretrainedWeights, stageAt, toInput } from '@podium/model-zoo';
import { backward } from '@podium/nn';
import {
  createHeadsLoss,
  createOptimizer,
  createTrainer,
  type DoctorFinding,
  type DoctorSubject,
  type OptimizerOptions,
  type PerformanceTip,
  parameterGroups,
  performanceTips,
  runDoctor,
} from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import { Plan } from '../graph/graph-builder.ts';
import { readRows } from '../heads/fold-rows.ts';
import { headLoss } from '../models/head-loss.ts';
import { openEngine } from '../models/open-engine.ts';
import { type InputSettings, openModel } from '../models/open-model.ts';
import { evalSteps, pipelineModule } from '../models/views.ts';
import { outputsOf, prepare } from '../run/prepare.ts';
import { type Project, runProject } from '../run/project.ts';
import { trainFold, trainingTransform } from '../stages/train-fold.ts';

/** What the doctor found about one model of the settings. */
export interface Examination {
  readonly model: string;
  readonly findings: readonly DoctorFinding[];
  readonly tips: readonly PerformanceTip[];
  /** Kernels of one training step. */
  readonly profile: string;
}

/** Steps over which the running job is measured. */
const MEASURED_STEPS = 8;

/**
 * Examines the first fold's training of a model just as a run would train it: the user's own model, data, augmentation
 * and settings. Nothing is trained for good and nothing is stored.
 */
export async function examine(
  project: Project,
  options: {
    readonly model?: string | undefined;
    readonly checks?: readonly string[] | undefined;
    readonly onFinding: (finding: DoctorFinding) => void;
  },
): Promise<Examination> {
  const { found, threads, backend, signal } = project;
  const prepared = await prepare(project);
  const { models } = prepared.chosen;
  const chosen = options.model === undefined ? models[0] : models.find(({ name }) => name === options.model);
  if (chosen === undefined) {
    throw new PodiumError({
      code: 'doctor-model',
      message: 'there is no such model in the settings',
      expected: models.map(({ name }) => name),
      got: JSON.stringify(options.model),
    });
  }
  // A probe is a network whose classifier alone is trained: examined as such.
  const trained =
    chosen.method === 'probe'
      ? { ...chosen, method: 'transfer' as const, plan: 'little-similar' as const }
      : chosen;
  const plan = new Plan({ settings: found.settings, folder: found.folder, threads, backend });
  plan.folds(prepared.chosen.folds);
  plan.train({ ...prepared.chosen, models: [trained] }, prepared.heads);
  const graph = plan.graph();
  const report = await runProject(project, graph, ['data', 'folds']);
  const node = graph.nodes.find(({ stage }) => stage.name === trainFold.name);
  if (node === undefined)
    throw new PodiumError({ code: 'doctor-model', message: 'nothing is trained by these settings' });
  const settings = trainFold.settings.parse(node.settings);
  const sourceOf = (port: string) => {
    const [reference] = node.inputs[port] ?? [];
    return reference !== undefined && 'source' in reference
      ? graph.sources[reference.source]?.path
      : undefined;
  };
  const { train: trainFile } = outputsOf(report, 'data') as Readonly<Record<'train', string>>;
  const { folds: foldsFile } = outputsOf(report, 'folds') as Readonly<Record<'folds', string>>;
  const { rows, heads } = await readRows(trainFile, foldsFile, settings.heads);
  const { train, validation } = rowsOfFold(rows, settings.fold);
  await openEngine(settings, signal);
  const seed = String(node.seed ?? 0);
  const model = await openModel({
    settings,
    heads,
    seed,
    weights: sourceOf('weights'),
    code: sourceOf('modelCode'),
  });
  const root = sourceOf('data')!;
  const { batchSize, imageSize, input, learningRate } = settings;
  const size = [imageSize, imageSize] as const;
  const transform = trainingTransform(settings, sourceOf('transformCode'));
  const loss = createHeadsLoss(heads.map((head) => headLoss(head, train, settings)));
  const caseOf = settings.plan === undefined ? undefined : planFor(settings.plan);
  const groups = new Map(
    rows.flatMap(({ id, group }) => (group === undefined ? [] : [[id, group] as const])),
  );
  const published =
    typeof settings.model === 'string' ? pretrainedWeights(settings.model)[0]?.input : undefined;
  const loader = (pass: number, epochs = 1) =>
    createLoader({
      root,
      rows: train,
      heads,
      batchSize,
      seed: `${seed}/${pass}`,
      epochs,
      transform,
      imageSize: size,
      sampler: shuffled(),
    });
  const subject: DoctorSubject = {
    model,
    loss,
    seed,
    normalization: input,
    learningRate,
    optimizer: { name: settings.optimizer, learningRate } as OptimizerOptions,
    groups: { weightDecay: settings.weightDecay },
    batches: (pass) => loader(pass),
    validation: () =>
      createLoader({
        root,
        rows: validation,
        heads,
        batchSize,
        seed: 0,
        imageSize: size,
        transform: pipelineModule(evalSteps(settings)),
      }),
    ids: { training: train.map(({ id }) => id), validation: validation.map(({ id }) => id) },
    groupOf: (id) => groups.get(id),
    classNames: Object.fromEntries(heads.map(({ name, classes }) => [name, classes])),
    ...(published !== undefined && sourceOf('weights') !== undefined && { pretrainedInput: published }),
    ...(caseOf !== undefined && { plan: (share) => applyTransfer(model, caseOf, stageAt(caseOf, share)) }),
  };
  const findings = await runDoctor(subject, {
    onFinding: (finding) => {
      signal.throwIfAborted();
      options.onFinding(finding);
    },
    checks: options.checks,
  });
  const measured = await measureJob(subject, settings.precision, () => loader(1000, 1000), batchSize);
  return { model: chosen.name, findings, ...measured };
}

/** Trains a few steps and measures what holds them up. */
async function measureJob(
  { model, loss, optimizer, groups, normalization, plan }: DoctorSubject,
  precision: Precision,
  open: () => Loader,
  batchSize: number,
): Promise<{ tips: PerformanceTip[]; profile: string }> {
  const batches = open();
  const common = {
    model,
    loss,
    optimizer,
    epochs: 1000,
    seed: 0,
    precision,
    groups,
    normalization,
    plan,
  };
  let [before, after] = [0, 0];
  let images = 0;
  let bytes = 0;
  let began = 0;
  let waitedBefore = 0;
  const trainer = createTrainer({
    ...common,
    maxSteps: MEASURED_STEPS + 2,
    batches: () => batches,
    callbacks: [
      {
        name: 'doctor',
        on: {
          step: (event) => {
            // The first two steps make what is made once.
            if (event.step === 2) {
              before = memory().tensors;
              began = performance.now();
              waitedBefore = batches.statistics().waitedSeconds;
            } else if (event.step > 2) images += event.images;
            after = memory().tensors;
            return undefined;
          },
        },
      },
    ],
  });
  await trainer.fit({ resume: 'never' });
  const seconds = (performance.now() - began) / 1000;
  const statistics = batches.statistics();
  const { peakBytes } = memory();
  let kernels: Profile | undefined;
  for await (const batch of open()) {
    bytes = batch.images.byteLength / batch.shape[0];
    kernels = await profileStep(
      { model, loss, optimizer, normalization: normalization as InputSettings },
      batch,
    );
    break;
  }
  const measured = tf.getBackend() === 'tensorflow' ? measurePrecision() : undefined;
  const tips = performanceTips({
    seconds,
    images,
    batchSize,
    steps: MEASURED_STEPS,
    workers: 2,
    cores: availableParallelism(),
    precision,
    waitedSeconds: statistics.waitedSeconds - waitedBefore,
    tensors: [before, after],
    copiedBytes: bytes * images,
    peakBytes,
    memoryBytes: totalmem(),
    measured,
    profile: kernels,
  });
  return { tips, profile: kernels === undefined ? '' : formatProfile(kernels, { rows: 12 }) };
}

/** The kernels of one step: forward, backward, update. */
async function profileStep(
  {
    model,
    loss,
    optimizer: options,
    normalization,
  }: Pick<DoctorSubject, 'model' | 'loss' | 'optimizer'> & { readonly normalization: InputSettings },
  { images, shape, targets }: Batch,
): Promise<Profile> {
  const optimizer = createOptimizer(options, parameterGroups(model));
  model.train();
  const step = () => {
    const x = toInput({ images: images as Uint8Array, shape }, normalization);
    const wanted = Object.fromEntries(
      loss.heads.map(({ name, classes }) => {
        const own = targets[name]!;
        return [
          name,
          own.length === shape[0]
            ? tf.tensor1d(own as Int32Array, 'int32')
            : tf.tensor2d(own as Float32Array, [shape[0], classes]),
        ];
      }),
    );
    backward(() => loss.call(model.call(x as never) as tf.Tensor2D, wanted).total);
    optimizer.step();
    optimizer.zeroGrad();
  };
  try {
    return (await profile(() => tf.tidy(step)!)).profile;
  } finally {
    optimizer.dispose();
  }
}
