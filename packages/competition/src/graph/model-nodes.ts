import { canonicalText } from '@podium/core';
import {
  fanOut,
  from,
  type InstanceHandle,
  instance,
  type OutputRef,
  type Reference,
} from '@podium/pipeline';
import type { z } from 'zod';
import { countViews } from '../models/view-batches.ts';
import type { ViewName } from '../models/views.ts';
import { pretrainSteps, semiSupervisedSteps, trainingSteps } from '../recipe/augmentation.ts';
import { settingsFor } from '../recipe/recipe.ts';
import type { ResolvedModel } from '../recipe/resolve-config.ts';
import type { PseudoSettings } from '../settings/schema.ts';
import { extractExternalFeatures } from '../stages/extract-external-features.ts';
import { extractFrozenFeatures } from '../stages/extract-features.ts';
import { fitProbe } from '../stages/fit-probe.ts';
import { gatherMember } from '../stages/gather-member.ts';
import { labelExternal } from '../stages/label-external.ts';
import { labelExternalByProbe } from '../stages/label-external-by-probe.ts';
import { pretrainBackbone } from '../stages/pretrain.ts';
import { trainFold } from '../stages/train-fold.ts';
import { trainSemi } from '../stages/train-semi.ts';
import { tryFold } from '../stages/try-fold.ts';
import type { DataNode } from './competition-graph.ts';
import type { ExternalInputs, GraphBuilder } from './graph-builder.ts';

/** Views in which images are looked at to measure how similar they are to those of pretraining. */
export const MEASURED_VIEWS: ViewName[] = ['whole'];

/** The instance that measures the features of a pretrained network. */
export function measuredName(model: string): string {
  return `measure[${model}]`;
}

/** One training of a model, on one seed and fold. */
export interface Part<Outputs extends string = 'oof' | 'test' | 'weights'> {
  readonly handle: InstanceHandle<Outputs>;
  readonly seed: number;
  readonly fold: number;
}

/** A part that can teach: it records what it was trained on. */
export type TrainedPart = Part<'oof' | 'test' | 'weights' | 'teacher'>;

/** Pseudo-labeled rows for the students of one round, fold by fold. */
export interface PseudoLabelSet {
  readonly round: number;
  readonly of: (fold: number) => { readonly rows: OutputRef; readonly teacher: OutputRef };
}

/** A model's out-of-fold and test predictions. */
export type Member = InstanceHandle<'oof' | 'test'>;

/** Adds the instances that models are made of: features, probes, trainings, labels. */
export class ModelNodes {
  readonly builder: GraphBuilder;
  readonly data: DataNode;
  readonly folds: OutputRef;
  readonly external: ExternalInputs | undefined;
  /** Heads that models are trained for. */
  readonly heads: readonly string[];
  /** Folds that are trained. */
  readonly used: readonly number[];
  readonly metric: string;

  constructor(
    builder: GraphBuilder,
    given: {
      readonly data: DataNode;
      readonly folds: InstanceHandle<'folds'>;
      readonly external: ExternalInputs | undefined;
      readonly heads: readonly string[];
      readonly used: readonly number[];
      readonly metric: string;
    },
  ) {
    this.builder = builder;
    this.data = given.data;
    this.folds = given.folds.output('folds');
    this.external = given.external;
    this.heads = given.heads;
    this.used = given.used;
    this.metric = given.metric;
  }

  /** The trainings of a model, one per seed and fold. */
  train(model: ResolvedModel, pseudo?: PseudoLabelSet): readonly TrainedPart[] {
    return model.method === 'probe' ? this.#probe(model, pseudo) : this.#train(model, pseudo);
  }

  /** Puts the folds and seeds of a model together. */
  gather(name: string, parts: readonly Part<'oof' | 'test'>[]): Member {
    return this.builder.add(
      instance(name, gatherMember, {
        settings: { folds: this.used.length },
        inputs: {
          oof: parts.map(({ handle }) => handle.output('oof')),
          test: parts.map(({ handle }) => handle.output('test')),
        },
      }),
    );
  }

  /** Features of the competition's images by a frozen network; those that were measured are not computed again. */
  features(model: ResolvedModel): OutputRef {
    const { builder, data } = this;
    const settings = {
      ...builder.modelSettings(model),
      ...builder.computing,
      precision: model.precision,
      views: [...model.views],
    };
    const measured = this.#measured(model, settings);
    return builder
      .add(
        instance(`features[${model.name}]`, extractFrozenFeatures, {
          settings: { ...settings, knownViews: measured && MEASURED_VIEWS },
          inputs: {
            data: builder.competition,
            train: data.output('train'),
            test: data.output('test'),
            ...builder.modelInputs(model),
            known: measured,
          },
        }),
      )
      .output('features');
  }

  /** Features that `recommend` rests on, if they are of all images, by the same network, in the first of more views. */
  #measured(
    { weights }: ResolvedModel,
    settings: z.input<typeof extractFrozenFeatures.settings>,
  ): OutputRef | undefined {
    const found = weights && this.builder.find(measuredName(weights.model));
    if (found === undefined || settings.views.length <= MEASURED_VIEWS.length) return undefined;
    const [own, measured] = [settings, found.settings].map((given) =>
      extractFrozenFeatures.settings.parse(given),
    );
    const same = { ...own, views: own!.views.slice(0, MEASURED_VIEWS.length) };
    return canonicalText(same) === canonicalText(measured) ? from(found.name, 'features') : undefined;
  }

  #probe(model: ResolvedModel, pseudo: PseudoLabelSet | undefined): TrainedPart[] {
    const { builder, data, heads } = this;
    const features = this.features(model);
    return this.used.map((fold) => {
      const extra = this.#extraRows(fold, pseudo);
      const withExternal = extra.extra !== undefined && this.external !== undefined;
      const name = `probe[${model.name},fold=${fold}${roundOf(pseudo)}]`;
      const handle = builder.add(
        instance(name, fitProbe, {
          settings: {
            ...builder.computing,
            fold,
            heads: [...heads],
            views: countViews(model.views, model),
            c: model.probeC,
          },
          inputs: {
            features,
            train: data.output('train'),
            test: data.output('test'),
            folds: this.folds,
            ...extra,
            external: withExternal ? this.external?.rows : undefined,
            externalFeatures: withExternal ? this.#externalFeatures(model) : undefined,
          },
        }),
      );
      return { handle, seed: 1, fold };
    });
  }

  #train(model: ResolvedModel, pseudo: PseudoLabelSet | undefined): TrainedPart[] {
    return fanOut({ seed: model.seeds, fold: this.used }, ({ seed, fold }) => {
      const name = `train[${model.name},seed=${seed},fold=${fold}${roundOf(pseudo)}]`;
      const training = this.#training(model, { seed, fold, pseudo });
      const handle = this.builder.add(instance(name, trainFold, training));
      return { handle, seed, fold };
    });
  }

  /** A training on one fold that takes as long as it is given. */
  tryFold(
    model: ResolvedModel,
    {
      round,
      fold,
      epochs,
      seconds,
    }: {
      readonly round: number;
      readonly fold: number;
      /** At most. */
      readonly epochs: number;
      readonly seconds: number;
    },
  ): InstanceHandle<'oof' | 'history' | 'trial'> {
    const { inputs, ...training } = this.#training(model, { seed: model.seeds[0]!, fold, pseudo: undefined });
    const { teacher: _, ...known } = inputs;
    return this.builder.add(
      instance(`try[${model.name},round=${round}]`, tryFold, {
        ...training,
        settings: { ...training.settings, epochs, seconds },
        inputs: known,
      }),
    );
  }

  /** Settings and inputs of a network that is trained on one fold. */
  #training(
    model: ResolvedModel,
    {
      seed,
      fold,
      pseudo,
    }: { readonly seed: number; readonly fold: number; readonly pseudo: PseudoLabelSet | undefined },
  ) {
    const { builder, external } = this;
    const { settings } = builder.context;
    const { steps, code } = trainingSteps(model);
    const extra = this.#extraRows(fold, pseudo);
    const hasExtra = extra.extra !== undefined;
    return {
      settings: {
        ...builder.modelSettings(model),
        ...builder.computing,
        ...settingsFor('train', model),
        fold,
        heads: [...this.heads],
        headWeights: settings.heads.weights ?? {},
        metric: this.metric,
        augment: steps,
        pseudoShare: pseudo === undefined ? undefined : settings.pseudo?.share,
        sources: hasExtra ? (external?.names ?? []) : [],
      },
      inputs: {
        ...this.#networkInputs(model),
        transformCode: code && builder.code(code),
        ...extra,
        external: hasExtra ? external?.folders : undefined,
      },
      seed: `${settings.seed}/${model.name}/${seed}`,
    };
  }

  /** Inputs of every stage that trains a network on folds. */
  #networkInputs(model: ResolvedModel) {
    const { builder, data, folds } = this;
    return {
      data: builder.competition,
      train: data.output('train'),
      test: data.output('test'),
      folds,
      ...this.#start(model),
    };
  }

  /** Trainings on labeled and unlabeled images at once, one per seed and fold. */
  trainSemiSupervised(model: ResolvedModel, pseudo: PseudoSettings): Part[] {
    const { builder, data, external } = this;
    const { settings } = builder.context;
    return fanOut({ seed: model.seeds, fold: this.used }, ({ seed, fold }) => {
      const handle = builder.add(
        instance(`semi[${model.name},seed=${seed},fold=${fold}]`, trainSemi, {
          settings: {
            ...builder.modelSettings(model),
            ...builder.computing,
            ...settingsFor('semi', model),
            fold,
            heads: [...this.heads],
            method: pseudo.method,
            options: pseudo.options,
            ratio: pseudo.ratio,
            sources: external?.names ?? [],
            ...semiSupervisedSteps(model),
          },
          inputs: {
            ...this.#networkInputs(model),
            external: external?.folders,
            rows: external?.rows,
            allowed: pseudo.allowTest ? data.output('test') : undefined,
          },
          seed: `${settings.seed}/${model.name}/${seed}`,
        }),
      );
      return { handle, seed, fold };
    });
  }

  /** What a trained part predicts for images without labels. */
  label(model: ResolvedModel, { handle }: Part, allowTest: boolean): OutputRef {
    const { builder, data, external, heads } = this;
    const name = `label[${handle.name}]`;
    const inputs = {
      train: data.output('train'),
      rows: external?.rows,
      test: allowTest ? data.output('test') : undefined,
    };
    const labels =
      model.method === 'probe'
        ? instance(name, labelExternalByProbe, {
            settings: { ...builder.computing, heads: [...heads], views: countViews(model.views, model) },
            inputs: {
              ...inputs,
              externalFeatures: external && this.#externalFeatures(model),
              features: this.features(model),
              probe: handle.output('weights'),
            },
          })
        : instance(name, labelExternal, {
            settings: {
              ...builder.modelSettings(model),
              ...builder.computing,
              ...settingsFor('predict', model),
              heads: [...heads],
              sources: external?.names ?? [],
            },
            inputs: {
              data: builder.competition,
              ...inputs,
              modelCode: builder.modelInputs(model).modelCode,
              external: external?.folders,
              weights: handle.output('weights'),
            },
          });
    return builder.add(labels).output('predictions');
  }

  #externalFeatures(model: ResolvedModel): OutputRef {
    const { builder, external } = this;
    return builder
      .add(
        instance(`external-features[${model.name}]`, extractExternalFeatures, {
          settings: {
            ...builder.modelSettings(model),
            ...builder.computing,
            precision: model.precision,
            views: [...model.views],
            sources: external!.names,
          },
          inputs: {
            data: builder.competition,
            external: external!.folders,
            rows: external!.rows,
            weights: builder.weights(model.weights!),
          },
        }),
      )
      .output('features');
  }

  /** Rows that train beside the competition's: labeled external ones, and pseudo-labeled ones. */
  #extraRows(
    fold: number,
    pseudo: PseudoLabelSet | undefined,
  ): { readonly extra?: readonly Reference[]; readonly teacher?: Reference } {
    const isLabeled = this.builder.context.settings.external.some(({ labels }) => labels === 'use');
    const labels = pseudo?.of(fold);
    const extra = [
      ...(isLabeled && this.external !== undefined ? [this.external.rows] : []),
      ...(labels === undefined ? [] : [labels.rows]),
    ];
    return { extra: extra.length > 0 ? extra : undefined, teacher: labels?.teacher };
  }

  /** What a network starts from: pretrained weights, or what it learned from images alone. */
  #start(model: ResolvedModel): { readonly weights?: Reference; readonly modelCode?: Reference } {
    const { builder, data, external } = this;
    const inputs = builder.modelInputs(model);
    if (model.pretrain === undefined) return inputs;
    const { settings } = builder.context;
    const { method, options, epochs, batchSize, learningRate } = model.pretrain;
    const pretrained = builder.add(
      instance(`pretrain[${model.name}]`, pretrainBackbone, {
        settings: {
          ...builder.modelSettings(model),
          ...builder.computing,
          ...settingsFor('pretrain', model),
          method,
          options,
          epochs,
          batchSize,
          learningRate,
          sources: external?.names ?? [],
          view: pretrainSteps(model),
        },
        inputs: {
          data: builder.competition,
          train: data.output('train'),
          ...inputs,
          external: external?.folders,
          rows: external?.rows,
          allowed: settings.pseudo?.allowTest ? data.output('test') : undefined,
        },
        seed: `${settings.seed}/${model.name}/pretrain`,
      }),
    );
    return { ...inputs, weights: pretrained.output('weights') };
  }
}

function roundOf(pseudo: PseudoLabelSet | undefined): string {
  return pseudo === undefined ? '' : `,round=${pseudo.round}`;
}
