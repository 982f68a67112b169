import { resolve } from 'node:path';
import { canonicalText } from '@podium/core';
import { metrics } from '@podium/metrics';
import type { ResolvedWeights } from '@podium/model-zoo';
import { type Graph, type InstanceHandle, instance } from '@podium/pipeline';
import type { FormSettings } from '@podium/submission';
import type { z } from 'zod';
import { inputSettings } from '../models/input-settings.ts';
import type { ResolvedConfig } from '../recipe/resolve-config.ts';
import type { Scoring } from '../run/preflight.ts';
import { admitExternal } from '../stages/admit-external.ts';
import { blend } from '../stages/blend.ts';
import { extractFrozenFeatures } from '../stages/extract-features.ts';
import { makeFolds } from '../stages/make-folds.ts';
import { measureChanges } from '../stages/measure-changes.ts';
import { readData } from '../stages/read-data.ts';
import { readExternal } from '../stages/read-external.ts';
import { recommend } from '../stages/recommend.ts';
import { score } from '../stages/score.ts';
import { writeSubmission } from '../stages/write-submission.ts';
import { type ExternalInputs, GraphBuilder, type GraphContext } from './graph-builder.ts';
import { MEASURED_VIEWS, ModelNodes, measuredName, type TrainedPart } from './model-nodes.ts';
import { addReportNodes, type MappedFeatures } from './report-nodes.ts';
import { addStudents } from './student-nodes.ts';
import { addUserStages, type UserStage } from './user-stages.ts';

/** Rows whose features are measured, at most. */
const MEASURED_ROWS = 2000;
/** Images that are changed to see whether they keep their classes. */
const CHANGED_ROWS = 400;

/** Outputs of `read-data`. */
export type DataNode = InstanceHandle<'train' | 'test' | 'findings' | 'patch' | 'format'>;

/**
 * The graph of a run, which grows as more is known: first what reads and measures the data, then, once everything is
 * decided, what trains, blends and writes.
 */
export class CompetitionGraph {
  /** Reads and checks the competition folder. */
  readonly data: DataNode;
  readonly #builder: GraphBuilder;
  #folds: InstanceHandle<'folds'> | undefined;
  #external: ExternalInputs | undefined;
  #measured: MappedFeatures | undefined;

  constructor(context: GraphContext) {
    this.#builder = new GraphBuilder(context);
    const { folder } = context;
    const { layout, options, accept, patch, rareClasses, allowOutsideLinks, damaged, range } =
      context.settings.data;
    const { unpredicted } = context.settings.submission;
    const isFile = patch !== 'auto' && patch !== 'none';
    const { metric } = context.settings;
    const tasks = metric === undefined ? undefined : [...metrics.get(metric).tasks];
    this.data = this.#builder.add(
      instance('data', readData, {
        settings: {
          layout,
          options,
          accept,
          rareClasses,
          patch: isFile ? 'file' : patch,
          tasks,
          allowOutsideLinks,
          damaged,
          range,
          unpredicted,
        },
        inputs: {
          data: this.#builder.competition,
          patch: isFile
            ? this.#builder.source('patch', { kind: 'file', type: 'patch', path: resolve(folder, patch) })
            : undefined,
        },
      }),
    );
  }

  /** By source: what a file can be fetched by on another machine. */
  get fetchable(): ReadonlyMap<string, string> {
    return this.#builder.fetchable;
  }

  /** Adds trainings to a copy of the graph, to try them: they are not part of the run. */
  trialNodes(heads: readonly string[], metric: string, used: readonly number[]): ModelNodes {
    const builder = new GraphBuilder(this.#builder.context, this.#builder);
    return this.#modelNodes(builder, heads, metric, used);
  }

  #modelNodes(
    builder: GraphBuilder,
    heads: readonly string[],
    metric: string,
    used: readonly number[],
  ): ModelNodes {
    const folds = this.#folds!;
    return new ModelNodes(builder, { data: this.data, folds, external: this.#external, heads, used, metric });
  }

  /** The instances so far, as a graph. */
  build(): Graph {
    return this.#builder.build();
  }

  /** Folds of the training rows. */
  addFolds(count: number): InstanceHandle<'folds'> {
    const { method } = this.#builder.context.settings.folds;
    this.#folds = this.#builder.add(
      instance('folds', makeFolds, {
        settings: { count, method },
        inputs: { train: this.data.output('train'), findings: this.data.output('findings') },
      }),
    );
    return this.#folds;
  }

  /**
   * Reads external images and measures what may be admitted, by the features of these weights, or of a small network with
   * initial weights.
   * @param side the usual shorter side of the competition's images
   */
  addExternal(weights: ResolvedWeights | undefined, side: number): InstanceHandle<'rows' | 'admission'> {
    const builder = this.#builder;
    const { settings, folder } = builder.context;
    const { external } = settings;
    const names = external.map(({ name }) => name);
    const folders = external.map(({ name, folder: path, allowOutsideLinks }, i) =>
      builder.source(`external[${name}]`, {
        kind: 'folder',
        type: 'external',
        path: resolve(folder, path),
        allowOutsideLinks,
        linksAdvice: `set external[${i}].allowOutsideLinks: true if you trust the folder`,
      }),
    );
    const inputs = {
      data: builder.competition,
      external: folders,
      train: this.data.output('train'),
      test: this.data.output('test'),
    };
    const read = builder.add(
      instance('external', readExternal, {
        settings: {
          sources: external.map(({ name, labels, layout, options, heads, allowOutsideLinks }) => ({
            name,
            labels,
            layout,
            options,
            heads,
            allowOutsideLinks,
          })),
        },
        inputs,
      }),
    );
    const network =
      weights === undefined
        ? { model: 'small-net', imageSize: smallSize(side), input: inputSettings(undefined) }
        : { model: weights.model, imageSize: weights.input.imageSize[0], input: inputSettings(weights) };
    const admitted = builder.add(
      instance('admit', admitExternal, {
        settings: {
          ...network,
          ...builder.computing,
          fit: 'squash',
          sources: external.map(({ name, folder: path, license, url }) => ({ name, path, license, url })),
        },
        inputs: {
          ...inputs,
          rows: read.output('rows'),
          findings: read.output('findings'),
          weights: weights && builder.weights(weights),
        },
      }),
    );
    this.#external = { names, folders, rows: admitted.output('rows') };
    return admitted;
  }

  /**
   * Measures which case of transfer learning the data is for pretrained weights.
   * @param options.most rows to measure on, at most
   */
  addTransferMeasurement(
    weights: ResolvedWeights,
    rows: number,
    head: string,
    { most, precision }: { readonly most: number; readonly precision: 'float32' | 'bfloat16' },
  ): InstanceHandle<'recommendation'> {
    const builder = this.#builder;
    const { model, input } = weights;
    const common = {
      model,
      imageSize: input.imageSize[0],
      fit: 'squash' as const,
      input: inputSettings(weights),
      ...builder.computing,
      precision,
      views: MEASURED_VIEWS,
    };
    const inputs = {
      data: builder.competition,
      train: this.data.output('train'),
      test: this.data.output('test'),
    };
    const sampled = rows > MEASURED_ROWS ? MEASURED_ROWS : undefined;
    const pretrained = builder.add(
      instance(measuredName(model), extractFrozenFeatures, {
        settings: { ...common, maxRows: sampled },
        inputs: { ...inputs, weights: builder.weights(weights) },
      }),
    );
    this.#measured ??= { features: pretrained.output('features'), sampled };
    const untrained = builder.add(
      instance(`measure[${model},untrained]`, extractFrozenFeatures, {
        settings: { ...common, maxRows: Math.min(rows, most) },
        inputs,
      }),
    );
    return builder.add(
      instance(`recommend[${model}]`, recommend, {
        settings: { ...builder.computing, head, maxRows: most, pretrainedRows: MEASURED_ROWS },
        inputs: {
          train: this.data.output('train'),
          pretrained: pretrained.output('features'),
          untrained: untrained.output('features'),
        },
      }),
    );
  }

  /** Measures whether images keep their classes when they are mirrored, and without colors. */
  addChangesMeasurement(heads: readonly string[]): InstanceHandle<'report'> {
    return this.#builder.add(
      instance('measure-changes', measureChanges, {
        settings: { heads: [...heads], maxRows: CHANGED_ROWS },
        inputs: { data: this.#builder.competition, train: this.data.output('train') },
      }),
    );
  }

  /**
   * Trains all models, blends them, scores the blend, and writes the submission.
   * @param options.pseudoLabels whether there are images to pseudo-label
   * @param options.scoring what predictions are scored by, and the form that they are written in
   */
  addTraining(
    { models, folds, ensemble, used }: ResolvedConfig,
    heads: readonly string[],
    {
      pseudoLabels,
      userStages,
      scoring,
    }: {
      readonly pseudoLabels: boolean;
      readonly userStages: readonly UserStage[];
      readonly scoring: Pick<Scoring, 'metric' | 'form'>;
    },
  ): { readonly score: InstanceHandle<'score'>; readonly submission: InstanceHandle<'submission' | 'lint'> } {
    const builder = this.#builder;
    const { settings } = builder.context;
    const { metric } = scoring;
    const form = scoring.form?.settings;
    const nodes = this.#modelNodes(builder, heads, metric, used);
    const trained = new Map<string, readonly TrainedPart[]>(
      models.map((model) => [model.name, nodes.train(model)]),
    );
    const members = new Map(
      [...trained].map(([name, parts]) => [name, nodes.gather(`member[${name}]`, parts)]),
    );
    const chosen =
      settings.pseudo === undefined || !pseudoLabels
        ? members
        : addStudents({ nodes, pseudo: settings.pseudo, models, trained, members });
    const names = models.map(({ name }) => name);
    const outputs = (port: 'oof' | 'test') => names.map((name) => chosen.get(name)!.output(port));
    const { combine, sameInGroup } = settings.heads;
    const final = { combine, sameInGroup, metric, names };
    const train = this.data.output('train');
    const blended = builder.add(
      instance('blend', blend, {
        settings: { ...final, method: ensemble, options: settings.ensemble.options },
        inputs: { train, oof: outputs('oof'), test: outputs('test') },
      }),
    );
    const last = {
      oof: addUserStages(builder, 'oof', blended.output('oof'), train, userStages),
      test: addUserStages(builder, 'test', blended.output('test'), train, userStages),
    };
    const scored = builder.add(
      instance('score', score, {
        settings: { ...final, form },
        inputs: {
          data: builder.competition,
          format: this.data.output('format'),
          train,
          blend: last.oof,
          members: outputs('oof'),
        },
      }),
    );
    const submission = builder.add(
      instance('submission', writeSubmission, {
        settings: {
          ...settings.submission,
          // Complete: what was detected before training is what is written.
          ...(form !== undefined && { form: form.form, options: optionsOf(form) }),
          metric,
          // Folds that a race leaves out are not missing; those that the settings leave out are.
          folds:
            settings.folds.only === undefined ? [...used] : Array.from({ length: folds }, (_, fold) => fold),
          contributed: Object.fromEntries(names.map((name) => [name, [...used]])),
        },
        inputs: {
          data: builder.competition,
          train,
          test: this.data.output('test'),
          format: this.data.output('format'),
          predictions: last.test,
          oof: last.oof,
        },
      }),
    );
    const [first] = models;
    if (settings.report && first !== undefined)
      addReportNodes(nodes, first, trained.get(first.name)!, this.#measured);
    return { score: scored, submission };
  }
}

function optionsOf({
  form: _,
  ...options
}: FormSettings): z.input<typeof writeSubmission.settings>['options'] {
  return JSON.parse(canonicalText(options));
}

/** A side that a small network takes, for images of this side. */
function smallSize(side: number): number {
  return Math.max(16, Math.min(Math.floor(side / 4) * 4, 64));
}
