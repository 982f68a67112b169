import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { pipelineFrom } from '@podium/augment';
import { PodiumError, type Problem, type Registry } from '@podium/core';
import { checks, foldMethods, layouts } from '@podium/dataset';
import { methods, rules } from '@podium/ensemble';
import { metrics } from '@podium/metrics';
import { models } from '@podium/model-zoo';
import { methods as pseudoMethods } from '@podium/pseudo-label';
import { createSemiSupervised, pretrainingTasks, semiSupervisedMethods } from '@podium/pseudo-label/online';
import { forms, rules as lintRules } from '@podium/submission';
import { losses, optimizers } from '@podium/training';
import { COMPETITION } from '../external/mount-folders.ts';
import { scoreOf } from '../heads/scored-rows.ts';
import { SMALL_NET } from '../models/open-model.ts';
import { nameOf } from '../recipe/resolve-config.ts';
import type { ModelSettings, OwnCode, Settings, TrainingSettings } from './schema.ts';

type Named = Registry<{ readonly name: string }>;
type Add = (problem: Omit<Problem, 'code' | 'path'>, key: string) => void;

/**
 * What a schema cannot know: whether names in settings are those of anything, whether steps of augmentation and options
 * of methods are right, and whether files of the user's are there. So that nothing is trained before it is found.
 * @param folder what paths in the settings are relative to
 */
export async function nameProblems(settings: Settings, folder: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  const add: Add = (problem, key) =>
    void problems.push({ code: 'settings-invalid', path: { key }, ...problem });
  const name = (registry: Named, value: string | undefined, key: string): boolean => {
    if (value === undefined || registry.has(value)) return true;
    add({ message: `unknown ${registry.kind}`, expected: registry.names(), got: JSON.stringify(value) }, key);
    return false;
  };
  const { data, folds, ensemble, submission, train } = settings;
  name(layouts, data.layout, 'data.layout');
  for (const [i, check] of data.accept.entries()) name(checks, check, `data.accept[${i}]`);
  await folderIsThere(resolve(folder, data.folder), data.folder, add);
  refuseInside(folder, data.folder, add);
  if (data.patch !== 'auto' && data.patch !== 'none')
    await fileIsThere(folder, data.patch, 'data.patch', add);
  const knowsMetric = name(metrics, settings.metric, 'metric');
  name(foldMethods, folds.method, 'folds.method');
  foldNumbers(folds, add);
  checkMethod(ensemble, knowsMetric ? settings.metric : 'accuracy', add);
  await checkPseudo(settings, folder, name, add);
  name(forms, submission.form, 'submission.form');
  for (const [i, rule] of submission.accept.entries()) name(lintRules, rule, `submission.accept[${i}]`);
  await checkTraining(train, 'train.', folder, name, add);
  for (const [i, given] of (settings.models ?? []).entries()) {
    const key = `models[${i}]`;
    if (typeof given === 'string') checkModel(given, key, add);
    else await checkOwnModel(given, `${key}.`, folder, name, add);
  }
  for (const [i, { module }] of settings.postprocess.entries())
    await fileIsThere(folder, module, `postprocess[${i}].module`, add);
  return problems;
}

function checkModel(model: string, key: string, add: Add): void {
  if (model === SMALL_NET || models.has(model)) return;
  add(
    { message: 'unknown model', expected: [...models.names(), SMALL_NET], got: JSON.stringify(model) },
    key,
  );
}

async function checkOwnModel(
  given: ModelSettings,
  prefix: string,
  folder: string,
  name: (registry: Named, value: string | undefined, key: string) => boolean,
  add: Add,
): Promise<void> {
  const { model, pretrained, method } = given;
  if (typeof model === 'string') checkModel(model, `${prefix}model`, add);
  else await fileIsThere(folder, model.module, `${prefix}model.module`, add);
  if (typeof pretrained === 'string' && /^\.{0,2}\/|\.(safetensors|pth|pt|bin)$/.test(pretrained)) {
    if (!/^[a-z][a-z0-9+.-]+:/i.test(pretrained))
      await fileIsThere(folder, pretrained, `${prefix}pretrained`, add);
  }
  if (method !== undefined && method !== 'full' && (pretrained === false || model === SMALL_NET)) {
    add(
      {
        message: 'without pretrained weights there is nothing to build on',
        expected: 'full',
        got: JSON.stringify(method),
        fix: 'write method: full, or train a model with pretrained weights',
      },
      `${prefix}method`,
    );
  }
  await checkTraining(given, prefix, folder, name, add);
}

async function checkTraining(
  { optimizer, loss, augment, pretrain, method }: TrainingSettings,
  prefix: string,
  folder: string,
  name: (registry: Named, value: string | undefined, key: string) => boolean,
  add: Add,
): Promise<void> {
  name(optimizers as unknown as Named, optimizer, `${prefix}optimizer`);
  name(losses as unknown as Named, loss, `${prefix}loss`);
  name(pretrainingTasks, pretrain?.method, `${prefix}pretrain.method`);
  if (pretrain !== undefined && method === 'probe') {
    const expected = 'method transfer or full: a probe is for features of a network as it is';
    add({ expected, got: '"probe"' }, `${prefix}method`);
  }
  const key = `${prefix}augment`;
  if (Array.isArray(augment)) attempt(() => pipelineFrom(augment, key), key, add);
  else if (typeof augment === 'object')
    await fileIsThere(folder, (augment as OwnCode).module, `${key}.module`, add);
}

async function checkPseudo(
  { external, pseudo, models: given, folds }: Settings,
  folder: string,
  name: (registry: Named, value: string | undefined, key: string) => boolean,
  add: Add,
): Promise<void> {
  const taken = new Set(['train', 'test', COMPETITION]);
  for (const [i, source] of external.entries()) {
    const key = `external[${i}]`;
    if (taken.has(source.name)) {
      add(
        { expected: 'a name of its own, other than train, test and data', got: JSON.stringify(source.name) },
        `${key}.name`,
      );
    }
    taken.add(source.name);
    name(layouts, source.layout, `${key}.layout`);
    await folderIsThere(resolve(folder, source.folder), source.folder, add, `${key}.folder`);
  }
  if (pseudo === undefined) return;
  const online = semiSupervisedMethods.has(pseudo.method) && pseudo.method !== 'supervised';
  const known = [...pseudoMethods.names(), ...semiSupervisedMethods.names()].filter(
    (own) => own !== 'oof-mixing' && own !== 'supervised',
  );
  if (!known.includes(pseudo.method)) {
    add(
      {
        message: 'unknown method for pseudo labels',
        expected: known.sort(),
        got: JSON.stringify(pseudo.method),
        ...(pseudo.method === 'oof-mixing' && {
          fix: 'it softens true labels by models that saw neither of two folds, which a run does not train; choose another',
        }),
      },
      'pseudo.method',
    );
  } else {
    const parse = () =>
      online
        ? createSemiSupervised({ name: pseudo.method, ...pseudo.options }, { classes: 2, unlabeled: 1 })
        : pseudoMethods.get(pseudo.method).parse(pseudo.options);
    attempt(parse, 'pseudo.options', add);
    const idle = (online ? ['teachers', 'share', 'weight'] : ['ratio']).filter(
      (key) => pseudo[key as keyof typeof pseudo] !== undefined,
    );
    if (online && pseudo.rounds > 1) idle.push('rounds');
    for (const key of idle) {
      const expected = `nothing: ${pseudo.method} ${online ? 'labels while it trains' : 'labels before a student is trained'}`;
      add({ expected, got: JSON.stringify(pseudo[key as keyof typeof pseudo]) }, `pseudo.${key}`);
    }
  }
  if (!online && folds.only?.length === 1) {
    const expected = 'two folds or more: labels for the student of one fold are calibrated on the others';
    add({ expected, got: JSON.stringify(folds.only) }, 'folds.only');
  }
  if (external.length === 0 && !pseudo.allowTest) {
    add(
      {
        message: 'there are no images to label',
        expected:
          'external images, or allowTest: true where the rules of the competition let test images be used',
        got: 'neither',
      },
      'pseudo',
    );
  }
  const named = given?.map((own) => (typeof own === 'string' ? own : (own.name ?? nameOf(own))));
  for (const [i, model] of (pseudo.models ?? []).entries()) {
    if (named === undefined || named.includes(model)) continue;
    add({ expected: named, got: JSON.stringify(model) }, `pseudo.models[${i}]`);
  }
}

function foldNumbers({ count, only = [] }: Settings['folds'], add: Add): void {
  if (count === undefined) return;
  for (const [i, fold] of only.entries()) {
    if (fold < count) continue;
    add(
      {
        message: 'there is no such fold; they are counted from 0',
        expected: `0 to ${count - 1}`,
        got: String(fold),
      },
      `folds.only[${i}]`,
    );
  }
}

function checkMethod({ method, options }: Settings['ensemble'], metric: string, add: Add): void {
  const known = [...rules.names(), ...methods.names()].sort();
  if (method === undefined) {
    if (Object.keys(options).length > 0)
      add(
        { message: 'options of which method?', expected: 'a method beside them', got: 'none' },
        'ensemble.options',
      );
    return;
  }
  if (!known.includes(method)) {
    add(
      { message: 'unknown ensemble method', expected: known, got: JSON.stringify(method) },
      'ensemble.method',
    );
    return;
  }
  const parse = () =>
    rules.has(method)
      ? rules.get(method).parse(options)
      : methods.get(method).parse(options, { score: scoreOf(metric) });
  attempt(parse, 'ensemble.options', add);
}

/** What a package says of settings of its own, as a problem of these settings. */
function attempt(parse: () => unknown, key: string, add: Add): void {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    const { code: _, path, ...problem } = error.problem;
    const inner = path?.key;
    const place =
      inner === undefined || inner === key ? key : inner.startsWith(key) ? inner : `${key}.${inner}`;
    add(problem, place);
  }
}

async function fileIsThere(folder: string, path: string, key: string, add: Add): Promise<void> {
  const found = await stat(resolve(folder, path)).catch(() => undefined);
  if (found?.isFile() === true) return;
  const got =
    found === undefined ? `${JSON.stringify(path)}, which is not there` : `${JSON.stringify(path)}, a folder`;
  add({ expected: 'a file, relative to the settings', got, fix: 'correct the path' }, key);
}

async function folderIsThere(folder: string, given: string, add: Add, key = 'data.folder'): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  add(
    {
      expected: `${key === 'data.folder' ? 'the competition folder' : 'a folder of images'}, relative to the settings`,
      got: `${JSON.stringify(given)}, ${found === undefined ? 'which is not there' : 'a file'}`,
      fix: 'correct the path, or unpack the images there',
    },
    key,
  );
}

/** Results would become part of the data, which would be new with every run. */
function refuseInside(folder: string, data: string, add: Add): void {
  const place = relative(resolve(folder, data), folder);
  if (place.startsWith('..') || isAbsolute(place)) return;
  add(
    {
      message: 'the settings lie inside of the competition folder, so results would become part of the data',
      expected: 'a folder that the settings are not in',
      got: JSON.stringify(data),
      fix: 'move the settings one folder up, or the images into a folder of their own',
    },
    'data.folder',
  );
}
