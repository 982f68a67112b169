import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { pipelineFrom } from '@podium/augment';
import { didYouMean, PodiumError, type Problem, type Registry } from '@podium/core';
import { settingsProblems } from '@podium/core/settings';
import { checks, foldMethods, layouts, samplers } from '@podium/dataset';
import { methods, rules } from '@podium/ensemble';
import { metrics } from '@podium/metrics';
import { isRemoteSource, models } from '@podium/model-zoo';
import { methods as labelMethods } from '@podium/pseudo-label';
import { createSemiSupervised, pretrainingTasks, semiSupervisedMethods } from '@podium/semi-supervised';
import { forms, rules as lintRules } from '@podium/submission';
import { trackers } from '@podium/trackers';
import { losses, optimizers, schedules } from '@podium/training';
import { z } from 'zod';
import { FILLED_IN, listOf } from '../catalog/catalog.ts';
import { COMPETITION } from '../external/resolve-roots.ts';
import { blendMethod } from '../heads/blend-method.ts';
import { DEFAULT_METRIC } from '../heads/submission-form.ts';
import { presets } from '../presets/index.ts';
import { recipes } from '../race/recipes/index.ts';
import { modelName } from '../recipe/resolve-config.ts';
import { type Named, nameAndOptions, type UserCode } from '../recipe/shared-schemas.ts';
import type { ModelSettings, Settings, TrainingSettings } from './schema.ts';

type NamedRegistry = Registry<{ readonly name: string }>;
/** Anything whose entries declare their settings as a zod object. */
type ConfiguredRegistry = Registry<{ readonly name: string; readonly settings: z.ZodObject }>;

/**
 * What a schema alone cannot check: whether names are those of anything, whether augmentation steps and options of methods
 * are valid, and whether files exist. So nothing is trained before a mistake is found.
 * @param folder what paths in the settings are relative to
 */
export async function nameProblems(settings: Settings, folder: string): Promise<Problem[]> {
  const check = new NameCheck(folder);
  const { data, folds, ensemble, submission, train, preset, metric, postprocess } = settings;
  check.name(layouts, data.layout, 'data.layout');
  for (const [i, accepted] of data.accept.entries()) check.name(checks, accepted, `data.accept[${i}]`);
  await check.folder(data.folder, 'data.folder', 'the competition folder');
  check.outside(data.folder);
  if (data.patch !== 'auto' && data.patch !== 'none') await check.file(data.patch, 'data.patch');
  check.name(presets, preset, 'preset');
  for (const [i, name] of (settings.recipes ?? []).entries()) check.name(recipes, name, `recipes[${i}]`);
  const knowsMetric = check.name(metrics, metric, 'metric');
  check.name(foldMethods, folds.method, 'folds.method');
  checkFolds(check, folds);
  checkEnsemble(check, ensemble, knowsMetric && metric !== undefined ? metric : DEFAULT_METRIC);
  await checkExternal(check, settings);
  checkPseudo(check, settings);
  check.name(forms, submission.form, 'submission.form');
  if (Object.hasOwn(submission.options, 'form')) {
    check.add(
      {
        message: 'the form is not one of its own settings',
        expected: 'settings of the form',
        got: `form: ${String(submission.options.form)}`,
        fix: `set submission.form: ${String(submission.options.form)} instead`,
      },
      'submission.options.form',
    );
  }
  for (const [i, rule] of submission.accept.entries()) check.name(lintRules, rule, `submission.accept[${i}]`);
  await checkTraining(check, train, 'train.');
  for (const [i, given] of (settings.models ?? []).entries()) {
    if (typeof given === 'string') check.name(models, given, `models[${i}]`);
    else await checkModel(check, given, `models[${i}].`);
  }
  for (const [i, tracker] of settings.trackers.entries())
    check.configured(trackers as never, tracker as Named, `trackers[${i}]`);
  for (const [i, { module }] of postprocess.entries()) await check.file(module, `postprocess[${i}].module`);
  return check.problems;
}

/** Collects problems, each with the key that it is about. */
class NameCheck {
  readonly problems: Problem[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(problem: Omit<Problem, 'code' | 'path'>, key: string): void {
    this.problems.push({ code: 'settings-invalid', path: { key }, ...problem });
  }

  /** Whether a registry has this name; true for a name that is not given. */
  name(registry: NamedRegistry, value: string | undefined, key: string): boolean {
    if (value === undefined || registry.has(value)) return true;
    this.unknown(registry.kind, registry.names(), value, key);
    return false;
  }

  /** A name that nothing has: the nearest one, and where all of them are listed. */
  unknown(kind: string, names: readonly string[], value: string, key: string): void {
    const near = didYouMean(value, names);
    const all = `"${listOf(kind)}" lists them`;
    this.add(
      {
        message: `unknown ${kind}`,
        expected: names,
        got: JSON.stringify(value),
        fix: near === undefined ? all : `write ${near}; ${all}`,
      },
      key,
    );
  }

  /**
   * A name, with its options.
   * @param given keys that a run fills in, so settings cannot
   * @param defaulted keys that a run fills in if settings do not
   */
  configured(
    registry: ConfiguredRegistry,
    value: Named | undefined,
    key: string,
    given: readonly string[] = [],
    defaulted: readonly string[] = [],
  ): void {
    if (value === undefined) return;
    const { name, options } = nameAndOptions(value);
    if (!this.name(registry, name, typeof value === 'string' ? key : `${key}.name`)) return;
    const shape = Object.entries<z.ZodType>(registry.get(name).settings.shape)
      .filter(([option]) => !given.includes(option))
      .map(([option, schema]) => [option, defaulted.includes(option) ? schema.optional() : schema] as const);
    const schema = z.strictObject(Object.fromEntries(shape));
    this.problems.push(
      ...settingsProblems(schema, options, { prefix: key, owner: `${registry.kind} "${name}"` }),
    );
  }

  /** What a package says of settings of its own, as a problem of these settings. */
  attempt(parse: () => unknown, key: string): void {
    try {
      parse();
    } catch (error) {
      if (!(error instanceof PodiumError)) throw error;
      const { code: _, path, ...problem } = error.problem;
      if (problem.message === 'unknown step') {
        this.add(
          { ...problem, fix: `${problem.fix}; "${listOf('transform')}" lists them` },
          path?.key ?? key,
        );
        return;
      }
      const inner = path?.key;
      const whole =
        inner === undefined || inner === key ? key : inner.startsWith(key) ? inner : `${key}.${inner}`;
      this.add(problem, whole);
    }
  }

  async exists(path: string): Promise<boolean> {
    return (await stat(resolve(this.#folder, path)).catch(() => undefined)) !== undefined;
  }

  async file(path: string, key: string): Promise<void> {
    const found = await stat(resolve(this.#folder, path)).catch(() => undefined);
    if (found?.isFile() === true) return;
    const got = `${JSON.stringify(path)}, ${found === undefined ? 'which does not exist' : 'a folder'}`;
    this.add({ expected: 'a file, relative to the settings', got, fix: 'correct the path' }, key);
  }

  async folder(path: string, key: string, what: string): Promise<void> {
    const found = await stat(resolve(this.#folder, path)).catch(() => undefined);
    if (found?.isDirectory() === true) return;
    this.add(
      {
        expected: `${what}, relative to the settings`,
        got: `${JSON.stringify(path)}, ${found === undefined ? 'which does not exist' : 'a file'}`,
        fix: 'correct the path, or unpack the images there',
      },
      key,
    );
  }

  /** Results inside the competition folder would become part of the data, which would change with every run. */
  outside(data: string): void {
    const path = relative(resolve(this.#folder, data), this.#folder);
    if (path.startsWith('..') || isAbsolute(path)) return;
    this.add(
      {
        message: 'the settings are inside the competition folder, so results would become part of the data',
        expected: 'a folder that does not contain the settings',
        got: JSON.stringify(data),
        fix: 'move the settings one folder up, or the images into a folder of their own',
      },
      'data.folder',
    );
  }
}

async function checkModel(check: NameCheck, given: ModelSettings, prefix: string): Promise<void> {
  const { model, pretrained, method } = given;
  const isKnown = typeof model !== 'string' || checkModelName(check, given, model, prefix);
  if (typeof model !== 'string') await check.file(model.module, `${prefix}model.module`);
  if (typeof pretrained === 'string' && !isRemoteSource(pretrained)) {
    if (/^\.{0,2}\/|\.(safetensors|pth|pt|bin)$/.test(pretrained))
      await check.file(pretrained, `${prefix}pretrained`);
    else if (typeof model === 'string' && isKnown && !(await check.exists(pretrained)))
      checkTag(check, model, pretrained, `${prefix}pretrained`);
  }
  const hasWeights =
    pretrained !== false &&
    (typeof model !== 'string' ||
      !isKnown ||
      typeof pretrained === 'string' ||
      models.get(model).weights.length > 0);
  if (method !== undefined && method !== 'full' && !hasWeights) {
    check.add(
      {
        message: 'there are no pretrained weights to build on',
        expected: 'full',
        got: JSON.stringify(method),
        fix: 'write method: full, or train a model with pretrained weights',
      },
      `${prefix}method`,
    );
  }
  await checkTraining(check, given, prefix);
}

/** Whether the model is known. timm's `resnet50.a1_in1k` names weights, too, which have to be the only ones. */
function checkModelName(
  check: NameCheck,
  { pretrained }: ModelSettings,
  model: string,
  prefix: string,
): boolean {
  const [, name, tag] = /^([^./]+)\.([^/]+)$/.exec(model) ?? [];
  if (name === undefined || pretrained === undefined || !models.has(name))
    return check.name(models, model, `${prefix}model`);
  check.add(
    {
      message: `"${model}" names its weights, and pretrained says otherwise`,
      expected: `pretrained: ${tag}, or none`,
      got: JSON.stringify(pretrained),
      fix: `write model: ${name}, or leave pretrained out`,
    },
    `${prefix}pretrained`,
  );
  return false;
}

/** The tag of published weights. */
function checkTag(check: NameCheck, model: string, tag: string, key: string): void {
  const tags = models.get(model).weights.map((weights) => weights.tag);
  if (tags.includes(tag)) return;
  const near = didYouMean(tag, tags);
  check.add(
    {
      message: `unknown weights of ${model}`,
      expected: tags.length === 0 ? 'false: nobody publishes weights of this model' : tags,
      got: JSON.stringify(tag),
      fix: `${near === undefined ? '' : `write ${near}; `}"podium models show ${model}" lists them, and hf:timm/${model}.TAG is any of timm's on the Hugging Face hub`,
    },
    key,
  );
}

async function checkTraining(check: NameCheck, given: TrainingSettings, prefix: string): Promise<void> {
  const { augment, pretrain, method } = given;
  check.configured(optimizers as never, given.optimizer, `${prefix}optimizer`, FILLED_IN.optimizer);
  check.configured(losses as never, given.loss, `${prefix}loss`, FILLED_IN.loss);
  check.configured(schedules as never, given.schedule, `${prefix}schedule`, FILLED_IN.schedule);
  check.configured(samplers as never, given.sampler, `${prefix}sampler`, [], ['head']);
  check.name(pretrainingTasks, pretrain?.method, `${prefix}pretrain.method`);
  if (pretrain !== undefined && method === 'probe') {
    const expected = 'method transfer or full: a probe uses the features of a network as it is';
    check.add({ expected, got: '"probe"' }, `${prefix}method`);
  }
  const averages = (['swa', 'soup', 'ema'] as const).filter((name) => (given[name] ?? 0) > 0);
  if (averages.length > 1) {
    check.add({ expected: 'one of ema, swa and soup', got: averages.join(', ') }, `${prefix}${averages[0]}`);
  }
  const key = `${prefix}augment`;
  if (Array.isArray(augment)) check.attempt(() => pipelineFrom(augment, key), key);
  else if (typeof augment === 'object') await check.file((augment as UserCode).module, `${key}.module`);
}

async function checkExternal(check: NameCheck, { external }: Settings): Promise<void> {
  const taken = new Set(['train', 'test', COMPETITION]);
  for (const [i, source] of external.entries()) {
    const key = `external[${i}]`;
    if (taken.has(source.name)) {
      check.add(
        { expected: 'a unique name other than train, test and data', got: JSON.stringify(source.name) },
        `${key}.name`,
      );
    }
    taken.add(source.name);
    check.name(layouts, source.layout, `${key}.layout`);
    await check.folder(source.folder, `${key}.folder`, 'a folder of images');
  }
}

/** Methods that a run cannot use. */
const NOT_IN_RUNS: Readonly<Record<string, string>> = {
  'oof-mixing':
    'it softens true labels by models that saw neither of two folds, which a run does not train; choose another',
  supervised: 'it uses no unlabeled images: leave pseudo out',
};

function checkPseudo(check: NameCheck, { external, pseudo, models: given, folds }: Settings): void {
  if (pseudo === undefined) return;
  const isOnline = semiSupervisedMethods.has(pseudo.method);
  const known = [...labelMethods.names(), ...semiSupervisedMethods.names()].filter(
    (name) => NOT_IN_RUNS[name] === undefined,
  );
  if (!known.includes(pseudo.method)) {
    const why = NOT_IN_RUNS[pseudo.method];
    if (why === undefined) check.unknown(labelMethods.kind, known.sort(), pseudo.method, 'pseudo.method');
    else
      check.add(
        {
          message: 'a run cannot use this method for pseudo labels',
          expected: known.sort(),
          got: JSON.stringify(pseudo.method),
          fix: why,
        },
        'pseudo.method',
      );
  } else {
    check.attempt(
      () =>
        isOnline
          ? createSemiSupervised(
              { name: pseudo.method, ...pseudo.options },
              { heads: [{ name: 'label', classes: 2 }], unlabeled: 1 },
            )
          : labelMethods.get(pseudo.method).parse(pseudo.options),
      'pseudo.options',
    );
    checkUnused(check, pseudo, isOnline);
  }
  if (!isOnline && folds.only?.length === 1) {
    const expected = 'two folds or more: labels for the student of one fold are calibrated on the others';
    check.add({ expected, got: JSON.stringify(folds.only) }, 'folds.only');
  }
  if (external.length === 0 && !pseudo.allowTest) {
    check.add(
      {
        message: 'there are no images to label',
        expected: 'external images, or allowTest: true if the rules of the competition allow it',
        got: 'neither',
      },
      'pseudo',
    );
  }
  const names = given?.map((each) => (typeof each === 'string' ? each : (each.name ?? modelName(each))));
  for (const [i, model] of (pseudo.models ?? []).entries()) {
    if (names === undefined || names.includes(model)) continue;
    check.add({ expected: names, got: JSON.stringify(model) }, `pseudo.models[${i}]`);
  }
}

/** Settings that this kind of method would ignore. */
function checkUnused(check: NameCheck, pseudo: NonNullable<Settings['pseudo']>, isOnline: boolean): void {
  const unused: (keyof typeof pseudo)[] = isOnline ? ['teachers', 'share', 'weight'] : ['ratio'];
  if (isOnline && pseudo.rounds > 1) unused.push('rounds');
  const when = isOnline ? 'labels while it trains' : 'labels before a student is trained';
  for (const key of unused) {
    if (pseudo[key] === undefined) continue;
    check.add(
      { expected: `nothing: ${pseudo.method} ${when}`, got: JSON.stringify(pseudo[key]) },
      `pseudo.${key}`,
    );
  }
}

function checkFolds(check: NameCheck, { count, only = [] }: Settings['folds']): void {
  if (count === undefined) return;
  for (const [i, fold] of only.entries()) {
    if (fold < count) continue;
    check.add(
      {
        message: 'there is no such fold; folds are counted from 0',
        expected: `0 to ${count - 1}`,
        got: String(fold),
      },
      `folds.only[${i}]`,
    );
  }
}

function checkEnsemble(check: NameCheck, { method, options }: Settings['ensemble'], metric: string): void {
  if (method === undefined) {
    if (Object.keys(options).length > 0)
      check.add(
        { message: 'options of which method?', expected: 'a method', got: 'none' },
        'ensemble.options',
      );
    return;
  }
  const known = [...rules.names(), ...methods.names()].sort();
  if (known.includes(method))
    check.attempt(() => blendMethod({ method, options, metric }), 'ensemble.options');
  else check.unknown(methods.kind, known, method, 'ensemble.method');
}
