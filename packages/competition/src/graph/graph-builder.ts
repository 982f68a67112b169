import { resolve } from 'node:path';
import {
  type AnyStage,
  defineGraph,
  from,
  type Graph,
  instance,
  type Reference,
  source,
} from '@podium/pipeline';
import { SMALL_NET } from '../models/open-model.ts';
import { inputOf, plainInput, smallSize, withoutUndefined } from '../recipe/augmentation.ts';
import type { Chosen, ChosenModel } from '../recipe/resolve-config.ts';
import type { FoundWeights } from '../recipe/weights.ts';
import { admitExternal } from '../stages/admit-external.ts';
import { blend } from '../stages/blend.ts';
import { explain } from '../stages/explain.ts';
import { extractFrozenFeatures } from '../stages/extract-features.ts';
import { makeFolds } from '../stages/make-folds.ts';
import { mapFeatures } from '../stages/map-features.ts';
import { readData } from '../stages/read-data.ts';
import { readExternal } from '../stages/read-external.ts';
import { recommend } from '../stages/recommend.ts';
import { score } from '../stages/score.ts';
import { writeSubmission } from '../stages/write-submission.ts';
import { GraphDraft, type Place } from './graph-draft.ts';
import { labelBy, modelParts, semiParts } from './model-parts.ts';
import { gathered, type Part, planStudents } from './student-plan.ts';

/** Rows that a recommendation is measured on, at most. */
const MEASURED_ROWS = 2000;

/** A stage of the user's, its settings, and the file that it is in. */
export interface OwnStage {
  readonly stage: AnyStage;
  readonly settings: unknown;
  readonly file: string;
}

/** Collects sources and instances on the way. */
export class Plan {
  readonly #draft: GraphDraft;
  #unlabeled = false;

  constructor(place: Place) {
    this.#draft = new GraphDraft(place);
    const { settings, folder } = place;
    this.#draft.sources.data = {
      kind: 'folder',
      type: 'competition',
      path: resolve(folder, settings.data.folder),
    };
    const { layout, options, accept, patch, rareClasses } = settings.data;
    const isFile = patch !== 'auto' && patch !== 'none';
    if (isFile) this.#draft.sources.patch = { kind: 'file', type: 'patch', path: resolve(folder, patch) };
    this.#draft.add(
      instance('data', readData, {
        settings: {
          layout,
          options,
          accept,
          rareClasses,
          patch: isFile ? 'file' : patch,
        },
        inputs: { data: source('data'), ...(isFile && { patch: source('patch') }) },
      }),
    );
  }

  /** By source: what a file can be fetched by on another machine. */
  get fetchable(): ReadonlyMap<string, string> {
    return this.#draft.fetchable;
  }

  /** The instances so far, as a graph. */
  graph(): Graph {
    return defineGraph({
      sources: this.#draft.sources,
      instances: this.#draft.instances,
      seed: this.#draft.place.settings.seed,
    });
  }

  /** Folds of the training rows. */
  folds(count: number): void {
    const { method } = this.#draft.place.settings.folds;
    this.#draft.add(
      instance('folds', makeFolds, {
        settings: { count, method },
        inputs: { train: from('data', 'train'), findings: from('data', 'findings') },
      }),
    );
  }

  /**
   * Reads external images, and looks at what may come in by the features of these weights, or of a small net with fresh ones;
   * gives the instance's name.
   */
  admit(weights: FoundWeights | undefined, side: number): string {
    const { settings, folder, threads, backend } = this.#draft.place;
    const { external } = settings;
    const names = external.map(({ name }) => name);
    for (const { name, folder: path } of external)
      this.#draft.sources[`external[${name}]`] = {
        kind: 'folder',
        type: 'external',
        path: resolve(folder, path),
      };
    const folders = names.map((name) => source(`external[${name}]`));
    this.#draft.external = { names, folders };
    const inputs = {
      data: source('data'),
      external: folders,
      train: from('data', 'train'),
      test: from('data', 'test'),
    };
    this.#draft.add(
      instance('external', readExternal, {
        settings: {
          sources: external.map(({ name, labels, ...rest }) => ({
            name,
            labels,
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
          fit: 'squash',
          backend,
          threads,
          sources: external.map(({ name, folder: path, license, url }) => ({
            name,
            path,
            ...withoutUndefined({ license, url }),
          })),
        },
        inputs: {
          ...inputs,
          rows: from('external', 'rows'),
          findings: from('external', 'findings'),
          ...(weights !== undefined && { weights: this.#draft.weights(weights) }),
        },
      }),
    );
    return 'admit';
  }

  /** Says that there are images to label: else pseudo labels are left out of the graph. */
  labels(): void {
    this.#unlabeled = true;
  }

  /** Measures which case of transfer learning the data is for pretrained weights; gives the instance's name. */
  recommend(weights: FoundWeights, rows: number, head: string): string {
    const { threads, backend } = this.#draft.place;
    const { model, input } = weights;
    const common = {
      model,
      imageSize: input.imageSize[0],
      fit: 'squash' as const,
      input: inputOf(weights),
      backend,
      threads,
      views: ['whole' as const],
      ...(rows > MEASURED_ROWS && { most: MEASURED_ROWS }),
    };
    const inputs = { data: source('data'), train: from('data', 'train'), test: from('data', 'test') };
    const names = { pretrained: `measure[${model}]`, untrained: `measure[${model},untrained]` };
    this.#draft.add(
      instance(names.pretrained, extractFrozenFeatures, {
        settings: common,
        inputs: { ...inputs, weights: this.#draft.weights(weights) },
      }),
      instance(names.untrained, extractFrozenFeatures, {
        settings: { ...common, most: Math.min(rows, MEASURED_ROWS) },
        inputs,
      }),
    );
    const name = `recommend[${model}]`;
    this.#draft.add(
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
    const { settings } = this.#draft.place;
    const used = settings.folds.only ?? Array.from({ length: folds }, (_, fold) => fold);
    const { combine, sameInGroup } = settings.heads;
    const alone = { combine, sameInGroup, metric: settings.metric };
    const baselines = new Map(
      models.map((model) => [model.name, modelParts(this.#draft, model, used, heads)]),
    );
    for (const [name, parts] of baselines) this.#draft.add(gathered(`member[${name}]`, parts, used.length));
    const chosen = this.#students(models, baselines, used, heads, alone);
    const names = models.map(({ name }) => name);
    const members = (port: string): Reference[] => names.map((name) => from(chosen.get(name)!, port));
    const answers = { ...alone, names };
    const train = from('data', 'train');
    // Made once each: two stages read the out-of-fold predictions.
    const ends = { oof: this.#after('oof', after), test: this.#after('test', after) };
    const last = (port: 'oof' | 'test') => ends[port];
    this.#draft.add(
      instance('blend', blend, {
        settings: { ...answers, method: ensemble, options: settings.ensemble.options },
        inputs: { train, oof: members('oof'), test: members('test') },
      }),
    );
    this.#draft.add(
      instance('score', score, {
        settings: answers,
        inputs: { train, blend: last('oof'), members: members('oof') },
      }),
    );
    this.#draft.add(
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
    const { threads, backend } = this.#draft.place;
    const isProbe = model.method === 'probe';
    const part = isProbe
      ? `probe[${model.name},fold=${fold}]`
      : `train[${model.name},seed=${model.seeds[0]},fold=${fold}]`;
    const { weights, ...code } = this.#draft.modelInputs(model) as {
      weights?: Reference;
      modelCode?: Reference;
    };
    this.#draft.add(
      instance('explain', explain, {
        settings: { ...this.#draft.modelOf(model), backend, threads, fold, heads: [...heads] },
        inputs: {
          data: source('data'),
          train: from('data', 'train'),
          folds: from('folds', 'folds'),
          oof: from(part, 'oof'),
          ...code,
          ...(isProbe ? { weights, probe: from(part, 'weights') } : { weights: from(part, 'weights') }),
        },
      }),
    );
    const features =
      this.#draft.instances.find(({ name }) => name === `features[${model.name}]`) ??
      this.#draft.instances.find(({ name }) => /^measure\[[^,]+\]$/.test(name));
    if (features === undefined) return;
    const { most } = features.settings as { most?: number };
    this.#draft.add(
      instance('map', mapFeatures, {
        settings: { sampled: most },
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
      this.#draft.sources[code] = { kind: 'file', type: 'stage-code', path: file };
      const inputs = {
        predictions: last,
        code: source(code),
        ...('train' in stage.inputs && { train: from('data', 'train') }),
      };
      this.#draft.add({ name, stage, settings, inputs });
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
    const { pseudo } = this.#draft.place.settings;
    if (pseudo === undefined || !this.#unlabeled)
      return new Map(models.map(({ name }) => [name, `member[${name}]`]));
    return planStudents({
      pseudo,
      heads,
      folds,
      answers,
      models,
      baselines,
      external: this.#draft.external !== undefined,
      add: (...instances) => this.#draft.add(...instances),
      label: (model, part) => labelBy(this.#draft, model, part, heads, pseudo.allowTest),
      train: (model, lesson) => modelParts(this.#draft, model, folds, heads, lesson),
      trainSemi: (model) => semiParts(this.#draft, model, folds, heads),
    });
  }
}
