import { resolve } from 'node:path';
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
import type { OwnCode, PseudoSettings, Settings } from '../settings/schema.ts';
import { admitExternal } from '../stages/admit-external.ts';
import { blend } from '../stages/blend.ts';
import { explain } from '../stages/explain.ts';
import { extractExternalFeatures } from '../stages/extract-external-features.ts';
import { extractFrozenFeatures } from '../stages/extract-features.ts';
import { fitProbe } from '../stages/fit-probe.ts';
import { labelExternal } from '../stages/label-external.ts';
import { labelExternalByProbe } from '../stages/label-external-by-probe.ts';
import { makeFolds } from '../stages/make-folds.ts';
import { mapFeatures } from '../stages/map-features.ts';
import { pretrainBackbone } from '../stages/pretrain.ts';
import { readData } from '../stages/read-data.ts';
import { readExternal } from '../stages/read-external.ts';
import { recommend } from '../stages/recommend.ts';
import { score } from '../stages/score.ts';
import { SMALL_NET } from '../stages/support/model.ts';
import { countViews } from '../stages/support/view-batches.ts';
import { trainFold } from '../stages/train-fold.ts';
import { trainSemi } from '../stages/train-semi.ts';
import { writeSubmission } from '../stages/write-submission.ts';
import type { Chosen, ChosenModel } from './choose.ts';
import { gathered, type Lesson, type Part, planStudents, unlabelledInputs } from './student-plan.ts';
import {
  augmentOf,
  inputOf,
  plainInput,
  pretrainView,
  semiViews,
  smallSize,
  withoutUndefined,
} from './training-inputs.ts';
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
  /** External folders, by the names of their sources. */
  #external: { readonly names: string[]; readonly folders: Reference[] } | undefined;
  #unlabelled = false;
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

  /**
   * Reads external images, and looks at what may come in by the features of these weights, or of a small net with fresh ones;
   * gives the instance's name.
   */
  admit(weights: FoundWeights | undefined, side: number): string {
    const { settings, folder, threads, backend } = this.#place;
    const { external } = settings;
    const names = external.map(({ name }) => name);
    for (const { name, folder: path } of external)
      this.#sources[`external[${name}]`] = { kind: 'folder', type: 'external', path: resolve(folder, path) };
    const folders = names.map((name) => source(`external[${name}]`));
    this.#external = { names, folders };
    const inputs = {
      ...{ data: source('data'), external: folders },
      ...{ train: from('data', 'train'), test: from('data', 'test') },
    };
    this.#add(
      instance('external', readExternal, {
        settings: {
          sources: external.map(({ name, labels, ...rest }) => ({
            ...{ name, labels },
            ...withoutUndefined({ layout: rest.layout, options: rest.options, heads: rest.heads }),
          })),
        },
        inputs,
      }),
      instance('admit', admitExternal, {
        settings: {
          ...(weights === undefined
            ? { model: SMALL_NET, imageSize: smallSize(side), input: plainInput() }
            : { model: weights.model, imageSize: weights.input.imageSize[0], input: inputOf(weights) }),
          ...{ fit: 'squash', backend, threads },
          sources: external.map(({ name, folder: path, licence, url }) => ({
            ...{ name, path },
            ...withoutUndefined({ licence, url }),
          })),
        },
        inputs: {
          ...inputs,
          ...{ rows: from('external', 'rows'), findings: from('external', 'findings') },
          ...(weights !== undefined && { weights: this.#weights(weights) }),
        },
      }),
    );
    return 'admit';
  }

  /** Says that there are images to label: else pseudo labels are left out of the graph. */
  labels(): void {
    this.#unlabelled = true;
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
    const { combine, sameInGroup } = settings.heads;
    const alone = { ...(combine !== undefined && { combine }), sameInGroup, metric: settings.metric };
    const baselines = new Map(models.map((model) => [model.name, this.#parts(model, used, heads)]));
    for (const [name, parts] of baselines) this.#add(gathered(`member[${name}]`, parts, used.length));
    const chosen = this.#students(models, baselines, used, heads, alone);
    const names = models.map(({ name }) => name);
    const members = (port: string): Reference[] =>
      names.map((name) => from(chosen.get(name) as string, port));
    const answers = { ...alone, names };
    const train = from('data', 'train');
    // Made once each: two stages read the out-of-fold predictions.
    const ends = { oof: this.#after('oof', after), test: this.#after('test', after) };
    const last = (port: 'oof' | 'test') => ends[port];
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

  /** Trains students of pseudo labels, where the settings ask for them; gives the member to use of each model. */
  #students(
    models: readonly ChosenModel[],
    baselines: ReadonlyMap<string, readonly Part[]>,
    folds: readonly number[],
    heads: readonly string[],
    answers: Parameters<typeof planStudents>[0]['answers'],
  ): Map<string, string> {
    const { pseudo } = this.#place.settings;
    if (pseudo === undefined || !this.#unlabelled)
      return new Map(models.map(({ name }) => [name, `member[${name}]`]));
    return planStudents({
      ...{ pseudo, heads, folds, answers, models, baselines },
      external: this.#external !== undefined,
      add: (...instances) => this.#add(...instances),
      label: (model, part) => this.#label(model, part, heads, pseudo.allowTest),
      train: (model, lesson) => this.#parts(model, folds, heads, lesson),
      trainSemi: (model) => this.#semi(model, folds, heads),
    });
  }

  /** Trainings on labelled and unlabelled images at once, one a seed and fold. */
  #semi(model: ChosenModel, folds: readonly number[], heads: readonly string[]): Part[] {
    const { settings, threads, backend } = this.#place;
    const pseudo = settings.pseudo as PseudoSettings;
    const { epochs, batchSize, optimizer, learningRate, weightDecay, schedule, warmUp, ema } = model;
    const { clipNorm, dropRate, dropPathRate, precision, views } = model;
    const external = this.#external;
    return fanOut({ seed: model.seeds, fold: folds }, ({ seed, fold }) => {
      const name = `semi[${model.name},seed=${seed},fold=${fold}]`;
      this.#add(
        instance(name, trainSemi, {
          settings: {
            ...this.#modelOf(model),
            ...{ backend, threads, precision, fold, heads: [...heads], epochs, batchSize, optimizer },
            ...{ learningRate, weightDecay, schedule, warmUp, ema, views: [...views] },
            ...{ method: pseudo.method, options: pseudo.options, sources: external?.names ?? [] },
            ...(semiViews(model) as { weak: never[]; strong: never[] }),
            ...withoutUndefined({ clipNorm, dropRate, dropPathRate, ratio: pseudo.ratio }),
          },
          inputs: {
            ...{ data: source('data'), train: from('data', 'train'), test: from('data', 'test') },
            ...{ folds: from('folds', 'folds'), ...this.#start(model) },
            ...(external !== undefined && { external: external.folders, rows: from('admit', 'rows') }),
            ...(pseudo.allowTest && { allowed: from('data', 'test') }),
          },
          seed: `${settings.seed}/${model.name}/${seed}`,
        }),
      );
      return { name, seed, fold };
    });
  }

  /** What a trained part says of images without labels. */
  #label(model: ChosenModel, part: Part, heads: readonly string[], allowTest: boolean): string {
    const { threads, backend } = this.#place;
    const name = `label[${part.name}]`;
    const external = this.#external !== undefined;
    const inputs = { train: from('data', 'train'), ...unlabelledInputs({ external, allowTest }) };
    const { views, batchSize } = model;
    if (model.method === 'probe') {
      this.#add(
        instance(name, labelExternalByProbe, {
          settings: { backend, threads, heads: [...heads], views: countViews(views, model) },
          inputs: {
            ...inputs,
            ...this.#externalFeatures(model),
            features: from(`features[${model.name}]`, 'features'),
            probe: from(part.name, 'weights'),
          },
        }),
      );
      return name;
    }
    const { weights: _, ...code } = this.#modelInputs(model) as {
      weights?: Reference;
      modelCode?: Reference;
    };
    this.#add(
      instance(name, labelExternal, {
        settings: {
          ...this.#modelOf(model),
          ...{
            backend,
            threads,
            precision: model.precision,
            heads: [...heads],
            batchSize,
            views: [...views],
          },
          sources: this.#external?.names ?? [],
        },
        inputs: {
          ...{ data: source('data'), ...inputs, ...code },
          ...(this.#external !== undefined && { external: this.#external.folders }),
          weights: from(part.name, 'weights'),
        },
      }),
    );
    return name;
  }

  /** Features of external images, where there are some. */
  #externalFeatures(model: ChosenModel): { externalFeatures?: Reference } {
    if (this.#external === undefined) return {};
    const { threads, backend } = this.#place;
    const { name, views, precision, weights } = model;
    const features = `external-features[${name}]`;
    this.#add(
      instance(features, extractExternalFeatures, {
        settings: {
          ...this.#modelOf(model),
          ...{ backend, threads, precision, views: [...views], sources: this.#external.names },
        },
        inputs: {
          ...{ data: source('data'), external: this.#external.folders, rows: from('admit', 'rows') },
          weights: this.#weights(weights as FoundWeights),
        },
      }),
    );
    return { externalFeatures: from(features, 'features') };
  }

  /** Rows that train beside the competition's: external ones with labels, and those of a lesson. */
  #extra(fold: number, lesson: Lesson | undefined) {
    const labelled = this.#place.settings.external.some(({ labels }) => labels === 'use');
    const own = lesson?.of(fold);
    const extra = [
      ...(labelled && this.#external !== undefined ? [from('admit', 'rows')] : []),
      ...(own === undefined ? [] : [own.rows]),
    ];
    return {
      ...(extra.length > 0 && { extra }),
      ...(own !== undefined && { teacher: own.teacher }),
    };
  }

  /** Trainings of a model, one a seed and fold. */
  #parts(
    model: ChosenModel,
    folds: readonly number[],
    heads: readonly string[],
    lesson?: Lesson,
  ): readonly Part[] {
    return model.method === 'probe'
      ? this.#probes(model, folds, heads, lesson)
      : this.#trainings(model, folds, heads, lesson);
  }

  #probes(
    model: ChosenModel,
    folds: readonly number[],
    heads: readonly string[],
    lesson: Lesson | undefined,
  ): Part[] {
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
      const extra = this.#extra(fold, lesson);
      const external =
        extra.extra !== undefined && this.#external !== undefined
          ? { external: from('admit', 'rows'), ...this.#externalFeatures(model) }
          : {};
      const probe = `probe[${name},fold=${fold}${lesson === undefined ? '' : `,round=${lesson.round}`}]`;
      this.#add(
        instance(probe, fitProbe, {
          settings: { backend, threads, fold, heads: [...heads], views: countViews(views, model), c: probeC },
          inputs: {
            ...{ features: from(features, 'features'), train, test, folds: from('folds', 'folds') },
            ...{ ...extra, ...external },
          },
        }),
      );
      return { name: probe, seed: 1, fold };
    });
  }

  #trainings(
    model: ChosenModel,
    folds: readonly number[],
    heads: readonly string[],
    lesson: Lesson | undefined,
  ): Part[] {
    const { settings, threads, backend } = this.#place;
    const { epochs, batchSize, accumulate, optimizer, learningRate, weightDecay, schedule, warmUp } = model;
    const { labelSmoothing, classWeights, mixup, cutmix, ema, views, precision, plan } = model;
    const { loss, clipNorm, dropRate, dropPathRate } = model;
    const optional = { loss, clipNorm, dropRate, dropPathRate, plan };
    const augment = augmentOf(model);
    const transformCode = 'code' in augment ? { transformCode: this.#code(augment.code) } : {};
    return fanOut({ seed: model.seeds, fold: folds }, ({ seed, fold }) => {
      const round = lesson === undefined ? '' : `,round=${lesson.round}`;
      const name = `train[${model.name},seed=${seed},fold=${fold}${round}]`;
      const extra = this.#extra(fold, lesson);
      const share = lesson === undefined ? undefined : settings.pseudo?.share;
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
            ...(share !== undefined && { pseudoShare: share }),
            ...(extra.extra !== undefined && { sources: this.#external?.names ?? [] }),
          },
          inputs: {
            data: source('data'),
            train: from('data', 'train'),
            test: from('data', 'test'),
            folds: from('folds', 'folds'),
            ...this.#start(model),
            ...transformCode,
            ...extra,
            ...(extra.extra !== undefined &&
              this.#external !== undefined && { external: this.#external.folders }),
          },
          seed: `${settings.seed}/${model.name}/${seed}`,
        }),
      );
      return { name, seed, fold };
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

  /** What a network starts from: pretrained weights, or what it has learnt from images alone. */
  #start(model: ChosenModel) {
    const inputs = this.#modelInputs(model);
    const { name, pretrain, weightDecay, precision } = model;
    if (pretrain === undefined) return inputs;
    const { settings, threads, backend } = this.#place;
    const external = this.#external;
    const { method, options, epochs, batchSize, learningRate } = pretrain;
    const instanceName = `pretrain[${name}]`;
    this.#add(
      instance(instanceName, pretrainBackbone, {
        settings: {
          ...this.#modelOf(model),
          ...{ backend, threads, precision, method, options, epochs, batchSize, learningRate },
          ...{ optimizer: model.optimizer, weightDecay, sources: external?.names ?? [] },
          view: pretrainView(model) as never[],
        },
        inputs: {
          ...{ data: source('data'), train: from('data', 'train'), ...inputs },
          ...(external !== undefined && { external: external.folders, rows: from('admit', 'rows') }),
          ...(settings.pseudo?.allowTest === true && { allowed: from('data', 'test') }),
        },
        seed: `${settings.seed}/${name}/pretrain`,
      }),
    );
    return { ...inputs, weights: from(instanceName, 'weights') };
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
    const name = `code[${module}]`;
    this.#sources[name] = { kind: 'file', type: 'code', path };
    return source(name);
  }

  /** Adds instances; those that are there already stay. */
  #add(...instances: readonly Instance[]): void {
    for (const each of instances)
      if (!this.#instances.some(({ name }) => name === each.name)) this.#instances.push(each);
  }
}
