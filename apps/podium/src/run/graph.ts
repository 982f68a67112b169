import { resolve } from 'node:path';
import { preset as augmentPreset } from '@podium/augment';
import { shortHash } from '@podium/core';
import {
  type AnyStage,
  defineGraph,
  fanOut,
  from,
  type Graph,
  type Instance,
  instance,
  type Reference,
  type Source,
  source,
} from '@podium/pipeline';
import type { OwnCode, Settings } from '../settings/schema.ts';
import { blend } from '../stages/blend.ts';
import { explain } from '../stages/explain.ts';
import { extractFrozenFeatures } from '../stages/extract-features.ts';
import { fitProbe } from '../stages/fit-probe.ts';
import { gatherMember } from '../stages/gather-member.ts';
import { makeFolds } from '../stages/make-folds.ts';
import { mapFeatures } from '../stages/map-features.ts';
import { readData } from '../stages/read-data.ts';
import { recommend } from '../stages/recommend.ts';
import { score } from '../stages/score.ts';
import { countViews } from '../stages/support/view-batches.ts';
import { evalSteps } from '../stages/support/views.ts';
import { trainFold } from '../stages/train-fold.ts';
import { writeSubmission } from '../stages/write-submission.ts';
import type { Chosen, ChosenModel } from './choose.ts';
import type { FoundWeights } from './weights.ts';

/** Rows that a recommendation is measured on, at most. */
const MEASURED_ROWS = 2000;

/** A stage of the user's, its settings, and the file that it is in. */
export interface OwnStage {
  readonly stage: AnyStage;
  readonly settings: unknown;
  readonly file: string;
}

/** What a graph is made of beside stages. */
interface Place {
  readonly settings: Settings;
  /** Absolute: what paths in the settings are relative to. */
  readonly folder: string;
  readonly threads: number;
  readonly backend: 'tensorflow' | 'wasm';
}

/** Collects sources and instances on the way. */
export class Plan {
  readonly #place: Place;
  readonly #sources: Record<string, Source> = {};
  readonly #instances: Instance[] = [];
  /** By source: what a file can be fetched by on another machine. */
  readonly fetchable: Map<string, string> = new Map();

  constructor(place: Place) {
    this.#place = place;
    const { settings, folder } = place;
    this.#sources.data = { kind: 'folder', type: 'competition', path: resolve(folder, settings.data.folder) };
    const { layout, options, accept, patch, rareClasses } = settings.data;
    const isFile = patch !== 'auto' && patch !== 'none';
    if (isFile) this.#sources.patch = { kind: 'file', type: 'patch', path: resolve(folder, patch) };
    this.#add(
      instance('data', readData, {
        settings: {
          ...(layout !== undefined && { layout }),
          ...(options !== undefined && { options }),
          accept,
          rareClasses,
          patch: isFile ? 'file' : patch,
        },
        inputs: { data: source('data'), ...(isFile && { patch: source('patch') }) },
      }),
    );
  }

  /** The instances so far, as a graph. */
  graph(): Graph {
    return defineGraph({
      sources: this.#sources,
      instances: this.#instances,
      seed: this.#place.settings.seed,
    });
  }

  /** Folds of the training rows. */
  folds(count: number): void {
    const { method } = this.#place.settings.folds;
    this.#add(
      instance('folds', makeFolds, {
        settings: { count, ...(method !== undefined && { method }) },
        inputs: { train: from('data', 'train'), findings: from('data', 'findings') },
      }),
    );
  }

  /** Measures which case of transfer learning the data is for pretrained weights; gives the instance's name. */
  recommend(weights: FoundWeights, rows: number, head: string): string {
    const { threads, backend } = this.#place;
    const { model, input } = weights;
    const common = {
      model,
      imageSize: input.imageSize[0],
      fit: 'squash' as const,
      input: inputOf(weights),
      ...{ backend, threads, views: ['whole' as const] },
      ...(rows > MEASURED_ROWS && { most: MEASURED_ROWS }),
    };
    const inputs = { data: source('data'), train: from('data', 'train'), test: from('data', 'test') };
    const names = { pretrained: `measure[${model}]`, untrained: `measure[${model},untrained]` };
    this.#add(
      instance(names.pretrained, extractFrozenFeatures, {
        settings: common,
        inputs: { ...inputs, weights: this.#weights(weights) },
      }),
      instance(names.untrained, extractFrozenFeatures, {
        settings: { ...common, most: Math.min(rows, MEASURED_ROWS) },
        inputs,
      }),
    );
    const name = `recommend[${model}]`;
    this.#add(
      instance(name, recommend, {
        settings: { backend, threads, head, most: MEASURED_ROWS },
        inputs: {
          train: from('data', 'train'),
          pretrained: from(names.pretrained, 'features'),
          untrained: from(names.untrained, 'features'),
        },
      }),
    );
    return name;
  }

  /** Trains all models, blends them, scores the blend, and writes the submission. */
  train(
    { models, folds, ensemble }: Chosen,
    heads: readonly string[],
    after: readonly OwnStage[] = [],
  ): void {
    const { settings } = this.#place;
    const used = settings.folds.only ?? Array.from({ length: folds }, (_, fold) => fold);
    for (const model of models) {
      const parts =
        model.method === 'probe' ? this.#probes(model, used, heads) : this.#trainings(model, used, heads);
      this.#add(
        instance(`member[${model.name}]`, gatherMember, {
          settings: { folds: used.length },
          inputs: {
            oof: parts.map((part) => from(part, 'oof')),
            test: parts.map((part) => from(part, 'test')),
          },
        }),
      );
    }
    const names = models.map(({ name }) => name);
    const members = (port: string): Reference[] => names.map((name) => from(`member[${name}]`, port));
    const { combine, sameInGroup } = settings.heads;
    const answers = {
      ...(combine !== undefined && { combine }),
      sameInGroup,
      metric: settings.metric,
      names,
    };
    const train = from('data', 'train');
    const last = (port: 'oof' | 'test') => this.#after(port, after);
    this.#add(
      instance('blend', blend, {
        settings: { ...answers, method: ensemble, options: settings.ensemble.options },
        inputs: { train, oof: members('oof'), test: members('test') },
      }),
    );
    this.#add(
      instance('score', score, {
        settings: answers,
        inputs: { train, blend: last('oof'), members: members('oof') },
      }),
    );
    this.#add(
      instance('submission', writeSubmission, {
        settings: {
          ...settings.submission,
          metric: settings.metric,
          folds: Array.from({ length: folds }, (_, fold) => fold),
          contributed: Object.fromEntries(names.map((name) => [name, [...used]])),
        },
        inputs: {
          data: source('data'),
          train,
          test: from('data', 'test'),
          format: from('data', 'format'),
          predictions: last('test'),
          oof: last('oof'),
        },
      }),
    );
    if (settings.report) this.#views(models, used, heads);
  }

  /** What the report shows beside scores: where the first model looked, and a map of features. */
  #views([model]: readonly ChosenModel[], [fold]: readonly number[], heads: readonly string[]): void {
    if (model === undefined || fold === undefined) return;
    const { threads, backend } = this.#place;
    const isProbe = model.method === 'probe';
    const part = isProbe
      ? `probe[${model.name},fold=${fold}]`
      : `train[${model.name},seed=${model.seeds[0]},fold=${fold}]`;
    const { weights, ...code } = this.#modelInputs(model) as { weights?: Reference; modelCode?: Reference };
    this.#add(
      instance('explain', explain, {
        settings: { ...this.#modelOf(model), backend, threads, fold, heads: [...heads] },
        inputs: {
          data: source('data'),
          train: from('data', 'train'),
          folds: from('folds', 'folds'),
          oof: from(part, 'oof'),
          ...code,
          ...(isProbe
            ? { ...(weights !== undefined && { weights }), probe: from(part, 'weights') }
            : { weights: from(part, 'weights') }),
        },
      }),
    );
    const features =
      this.#instances.find(({ name }) => name === `features[${model.name}]`) ??
      this.#instances.find(({ name }) => /^measure\[[^,]+\]$/.test(name));
    if (features === undefined) return;
    const { most } = features.settings as { most?: number };
    this.#add(
      instance('map', mapFeatures, {
        settings: { ...(most !== undefined && { sampled: most }) },
        inputs: { train: from('data', 'train'), features: from(features.name, 'features') },
      }),
    );
  }

  /** The user's own stages after the blend, on its out-of-fold and on its test predictions; gives the last one's output. */
  #after(port: 'oof' | 'test', stages: readonly OwnStage[]): Reference {
    let last = from('blend', port);
    for (const [i, { stage, settings, file }] of stages.entries()) {
      const name = `${stage.name}[${i},${port}]`;
      const code = `stage-code[${i}]`;
      this.#sources[code] = { kind: 'file', type: 'stage-code', path: file };
      const inputs = {
        predictions: last,
        code: source(code),
        ...('train' in stage.inputs && { train: from('data', 'train') }),
      };
      this.#add({ name, stage, settings, inputs });
      last = from(name, 'predictions');
    }
    return last;
  }

  #probes(model: ChosenModel, folds: readonly number[], heads: readonly string[]): string[] {
    const { threads, backend } = this.#place;
    const { name, views, probeC, precision } = model;
    const features = `features[${name}]`;
    const [train, test] = [from('data', 'train'), from('data', 'test')];
    this.#add(
      instance(features, extractFrozenFeatures, {
        settings: { ...this.#modelOf(model), backend, threads, precision, views: [...views] },
        inputs: { data: source('data'), train, test, ...this.#modelInputs(model) },
      }),
    );
    return folds.map((fold) => {
      const probe = `probe[${name},fold=${fold}]`;
      this.#add(
        instance(probe, fitProbe, {
          settings: { backend, threads, fold, heads: [...heads], views: countViews(views, model), c: probeC },
          inputs: { features: from(features, 'features'), train, test, folds: from('folds', 'folds') },
        }),
      );
      return probe;
    });
  }

  #trainings(model: ChosenModel, folds: readonly number[], heads: readonly string[]): string[] {
    const { settings, threads, backend } = this.#place;
    const { epochs, batchSize, accumulate, optimizer, learningRate, weightDecay, schedule, warmUp } = model;
    const { labelSmoothing, classWeights, mixup, cutmix, ema, views, precision, plan } = model;
    const { loss, clipNorm, dropRate, dropPathRate } = model;
    const optional = { loss, clipNorm, dropRate, dropPathRate, plan };
    const augment = augmentOf(model);
    const transformCode = 'code' in augment ? { transformCode: this.#code(augment.code) } : {};
    return fanOut({ seed: model.seeds, fold: folds }, ({ seed, fold }) => {
      const name = `train[${model.name},seed=${seed},fold=${fold}]`;
      this.#add(
        instance(name, trainFold, {
          settings: {
            ...this.#modelOf(model),
            ...{
              backend,
              threads,
              precision,
              fold,
              heads: [...heads],
              epochs,
              batchSize,
              accumulate,
              optimizer,
              learningRate,
            },
            ...{ weightDecay, schedule, warmUp, labelSmoothing, classWeights, mixup, cutmix, ema },
            views: [...views],
            headWeights: settings.heads.weights ?? {},
            metric: settings.metric,
            augment: augment.steps,
            ...withoutUndefined(optional),
          },
          inputs: {
            data: source('data'),
            train: from('data', 'train'),
            test: from('data', 'test'),
            folds: from('folds', 'folds'),
            ...this.#modelInputs(model),
            ...transformCode,
          },
          seed: `${settings.seed}/${model.name}/${seed}`,
        }),
      );
      return name;
    });
  }

  #modelOf({ model, imageSize, fit, input }: ChosenModel) {
    const which =
      typeof model === 'string'
        ? { model }
        : {
            ownModel: {
              export: model.export,
              ...(model.argument !== undefined && { argument: model.argument }),
            },
          };
    return { ...which, imageSize, fit, input };
  }

  #modelInputs({ model, weights }: ChosenModel) {
    return {
      ...(weights !== undefined && { weights: this.#weights(weights) }),
      ...(typeof model !== 'string' && { modelCode: this.#code(model) }),
    };
  }

  #weights({ model, path, spec }: FoundWeights): Reference {
    const name = `weights[${model}]`;
    if (spec !== undefined) this.fetchable.set(name, spec);
    this.#sources[name] = { kind: 'file', type: 'weights', path };
    return source(name);
  }

  #code({ module }: Pick<OwnCode, 'module'>): Reference {
    const path = resolve(this.#place.folder, module);
    const name = `code[${shortHash(module)}]`;
    this.#sources[name] = { kind: 'file', type: 'code', path };
    return source(name);
  }

  #add(...instances: readonly Instance[]): void {
    this.#instances.push(...instances);
  }
}

function inputOf({ input: { mean, std, interpolation } }: FoundWeights) {
  return { mean: [...mean], std: [...std], interpolation };
}

function augmentOf(
  model: ChosenModel,
): { steps: never } | { steps: { export: string; argument?: never }; code: OwnCode } {
  const { augment, imageSize: size, input } = model;
  if (augment === 'none') return { steps: [] as never };
  if (typeof augment === 'string')
    return { steps: [...augmentPreset(augment, { size, interpolation: input.interpolation })] as never };
  // A list of the user's starts from a picture of the right size.
  if (Array.isArray(augment)) return { steps: [...evalSteps(model), ...augment] as never };
  const { export: name, argument } = augment as OwnCode;
  return {
    steps: { export: name, ...(argument !== undefined && { argument: argument as never }) },
    code: augment as OwnCode,
  };
}

function withoutUndefined<T extends object>(value: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(value).filter(([, own]) => own !== undefined)) as never;
}
