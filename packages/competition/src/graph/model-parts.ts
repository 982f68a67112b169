import { fanOut, from, instance, type Reference, source } from '@podium/pipeline';
import { countViews } from '../models/view-batches.ts';
import { augmentOf, pretrainView, semiViews, withoutUndefined } from '../recipe/augmentation.ts';
import type { ChosenModel } from '../recipe/resolve-config.ts';
import { extractExternalFeatures } from '../stages/extract-external-features.ts';
import { extractFrozenFeatures } from '../stages/extract-features.ts';
import { fitProbe } from '../stages/fit-probe.ts';
import { labelExternal } from '../stages/label-external.ts';
import { labelExternalByProbe } from '../stages/label-external-by-probe.ts';
import { pretrainBackbone } from '../stages/pretrain.ts';
import { trainFold } from '../stages/train-fold.ts';
import { trainSemi } from '../stages/train-semi.ts';
import type { GraphDraft } from './graph-draft.ts';
import { type Lesson, type Part, unlabeledInputs } from './student-plan.ts';

/** Trainings on labeled and unlabeled images at once, one a seed and fold. */
export function semiParts(
  draft: GraphDraft,
  model: ChosenModel,
  folds: readonly number[],
  heads: readonly string[],
): Part[] {
  const { settings, threads, backend } = draft.place;
  const pseudo = settings.pseudo!;
  const { epochs, batchSize, optimizer, learningRate, weightDecay, schedule, warmUp, ema } = model;
  const { clipNorm, dropRate, dropPathRate, precision, views } = model;
  const external = draft.external;
  return fanOut({ seed: model.seeds, fold: folds }, ({ seed, fold }) => {
    const name = `semi[${model.name},seed=${seed},fold=${fold}]`;
    draft.add(
      instance(name, trainSemi, {
        settings: {
          ...draft.modelOf(model),
          backend,
          threads,
          precision,
          fold,
          heads: [...heads],
          epochs,
          batchSize,
          optimizer,
          learningRate,
          weightDecay,
          schedule,
          warmUp,
          ema,
          views: [...views],
          method: pseudo.method,
          options: pseudo.options,
          sources: external?.names ?? [],
          ...(semiViews(model) as { weak: never[]; strong: never[] }),
          ...withoutUndefined({ clipNorm, dropRate, dropPathRate, ratio: pseudo.ratio }),
        },
        inputs: {
          data: source('data'),
          train: from('data', 'train'),
          test: from('data', 'test'),
          folds: from('folds', 'folds'),
          ...startOf(draft, model),
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
export function labelBy(
  draft: GraphDraft,
  model: ChosenModel,
  part: Part,
  heads: readonly string[],
  allowTest: boolean,
): string {
  const { threads, backend } = draft.place;
  const name = `label[${part.name}]`;
  const external = draft.external !== undefined;
  const inputs = { train: from('data', 'train'), ...unlabeledInputs({ external, allowTest }) };
  const { views, batchSize } = model;
  if (model.method === 'probe') {
    draft.add(
      instance(name, labelExternalByProbe, {
        settings: { backend, threads, heads: [...heads], views: countViews(views, model) },
        inputs: {
          ...inputs,
          ...externalFeatures(draft, model),
          features: from(`features[${model.name}]`, 'features'),
          probe: from(part.name, 'weights'),
        },
      }),
    );
    return name;
  }
  const { weights: _, ...code } = draft.modelInputs(model) as {
    weights?: Reference;
    modelCode?: Reference;
  };
  draft.add(
    instance(name, labelExternal, {
      settings: {
        ...draft.modelOf(model),
        backend,
        threads,
        precision: model.precision,
        heads: [...heads],
        batchSize,
        views: [...views],
        sources: draft.external?.names ?? [],
      },
      inputs: {
        data: source('data'),
        ...inputs,
        ...code,
        ...(draft.external !== undefined && { external: draft.external.folders }),
        weights: from(part.name, 'weights'),
      },
    }),
  );
  return name;
}

/** Features of external images, where there are some. */
function externalFeatures(draft: GraphDraft, model: ChosenModel): { externalFeatures?: Reference } {
  if (draft.external === undefined) return {};
  const { threads, backend } = draft.place;
  const { name, views, precision, weights } = model;
  const features = `external-features[${name}]`;
  draft.add(
    instance(features, extractExternalFeatures, {
      settings: {
        ...draft.modelOf(model),
        backend,
        threads,
        precision,
        views: [...views],
        sources: draft.external.names,
      },
      inputs: {
        data: source('data'),
        external: draft.external.folders,
        rows: from('admit', 'rows'),
        weights: draft.weights(weights!),
      },
    }),
  );
  return { externalFeatures: from(features, 'features') };
}

/** Rows that train beside the competition's: external ones with labels, and those of a lesson. */
function extraRows(draft: GraphDraft, fold: number, lesson: Lesson | undefined) {
  const labeled = draft.place.settings.external.some(({ labels }) => labels === 'use');
  const own = lesson?.of(fold);
  const extra = [
    ...(labeled && draft.external !== undefined ? [from('admit', 'rows')] : []),
    ...(own === undefined ? [] : [own.rows]),
  ];
  return {
    ...(extra.length > 0 && { extra }),
    ...(own !== undefined && { teacher: own.teacher }),
  };
}

/** Trainings of a model, one a seed and fold. */
export function modelParts(
  draft: GraphDraft,
  model: ChosenModel,
  folds: readonly number[],
  heads: readonly string[],
  lesson?: Lesson,
): readonly Part[] {
  return model.method === 'probe'
    ? probeParts(draft, model, folds, heads, lesson)
    : trainedParts(draft, model, folds, heads, lesson);
}

function probeParts(
  draft: GraphDraft,
  model: ChosenModel,
  folds: readonly number[],
  heads: readonly string[],
  lesson: Lesson | undefined,
): Part[] {
  const { threads, backend } = draft.place;
  const { name, views, probeC, precision } = model;
  const features = `features[${name}]`;
  const [train, test] = [from('data', 'train'), from('data', 'test')];
  draft.add(
    instance(features, extractFrozenFeatures, {
      settings: { ...draft.modelOf(model), backend, threads, precision, views: [...views] },
      inputs: { data: source('data'), train, test, ...draft.modelInputs(model) },
    }),
  );
  return folds.map((fold) => {
    const extra = extraRows(draft, fold, lesson);
    const external =
      extra.extra !== undefined && draft.external !== undefined
        ? { external: from('admit', 'rows'), ...externalFeatures(draft, model) }
        : {};
    const probe = `probe[${name},fold=${fold}${lesson === undefined ? '' : `,round=${lesson.round}`}]`;
    draft.add(
      instance(probe, fitProbe, {
        settings: { backend, threads, fold, heads: [...heads], views: countViews(views, model), c: probeC },
        inputs: {
          features: from(features, 'features'),
          train,
          test,
          folds: from('folds', 'folds'),
          ...extra,
          ...external,
        },
      }),
    );
    return { name: probe, seed: 1, fold };
  });
}

function trainedParts(
  draft: GraphDraft,
  model: ChosenModel,
  folds: readonly number[],
  heads: readonly string[],
  lesson: Lesson | undefined,
): Part[] {
  const { settings, threads, backend } = draft.place;
  const { epochs, batchSize, accumulate, optimizer, learningRate, weightDecay, schedule, warmUp } = model;
  const { labelSmoothing, classWeights, mixup, cutmix, ema, views, precision, plan } = model;
  const { loss, clipNorm, dropRate, dropPathRate } = model;
  const optional = { loss, clipNorm, dropRate, dropPathRate, plan };
  const augment = augmentOf(model);
  const transformCode = 'code' in augment ? { transformCode: draft.code(augment.code) } : {};
  return fanOut({ seed: model.seeds, fold: folds }, ({ seed, fold }) => {
    const round = lesson === undefined ? '' : `,round=${lesson.round}`;
    const name = `train[${model.name},seed=${seed},fold=${fold}${round}]`;
    const extra = extraRows(draft, fold, lesson);
    const share = lesson === undefined ? undefined : settings.pseudo?.share;
    draft.add(
      instance(name, trainFold, {
        settings: {
          ...draft.modelOf(model),
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
          weightDecay,
          schedule,
          warmUp,
          labelSmoothing,
          classWeights,
          mixup,
          cutmix,
          ema,
          views: [...views],
          headWeights: settings.heads.weights ?? {},
          metric: settings.metric,
          augment: augment.steps,
          ...withoutUndefined(optional),
          pseudoShare: share,
          ...(extra.extra !== undefined && { sources: draft.external?.names ?? [] }),
        },
        inputs: {
          data: source('data'),
          train: from('data', 'train'),
          test: from('data', 'test'),
          folds: from('folds', 'folds'),
          ...startOf(draft, model),
          ...transformCode,
          ...extra,
          ...(extra.extra !== undefined &&
            draft.external !== undefined && { external: draft.external.folders }),
        },
        seed: `${settings.seed}/${model.name}/${seed}`,
      }),
    );
    return { name, seed, fold };
  });
}

/** What a network starts from: pretrained weights, or what it has learnt from images alone. */
function startOf(draft: GraphDraft, model: ChosenModel) {
  const inputs = draft.modelInputs(model);
  const { name, pretrain, weightDecay, precision } = model;
  if (pretrain === undefined) return inputs;
  const { settings, threads, backend } = draft.place;
  const external = draft.external;
  const { method, options, epochs, batchSize, learningRate } = pretrain;
  const instanceName = `pretrain[${name}]`;
  draft.add(
    instance(instanceName, pretrainBackbone, {
      settings: {
        ...draft.modelOf(model),
        backend,
        threads,
        precision,
        method,
        options,
        epochs,
        batchSize,
        learningRate,
        optimizer: model.optimizer,
        weightDecay,
        sources: external?.names ?? [],
        view: pretrainView(model) as never[],
      },
      inputs: {
        data: source('data'),
        train: from('data', 'train'),
        ...inputs,
        ...(external !== undefined && { external: external.folders, rows: from('admit', 'rows') }),
        ...(settings.pseudo?.allowTest === true && { allowed: from('data', 'test') }),
      },
      seed: `${settings.seed}/${name}/pretrain`,
    }),
  );
  return { ...inputs, weights: from(instanceName, 'weights') };
}
