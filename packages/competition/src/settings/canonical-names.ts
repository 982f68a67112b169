import { combinators, transforms } from '@podium/augment';
import { type Decision, defineRegistry, type Registry } from '@podium/core';
import { checks, foldMethods, layouts, samplers } from '@podium/dataset';
import { methods, rules } from '@podium/ensemble';
import { metrics } from '@podium/metrics';
import { findTorchvision, models } from '@podium/model-zoo';
import { methods as labelMethods } from '@podium/pseudo-label';
import { pretrainingTasks, semiSupervisedMethods } from '@podium/semi-supervised';
import { forms, rules as lintRules } from '@podium/submission';
import { losses, optimizers, schedules } from '@podium/training';
import { meantBy } from '../catalog/aliases.ts';
import { presets } from '../presets/index.ts';
import type { Named } from '../recipe/shared-schemas.ts';
import type { ModelSettings, Settings, TrainingSettings } from './schema.ts';

type NamedRegistry = Registry<{ readonly name: string }>;
type ModelEntry = NonNullable<Settings['models']>[number];

const steps = defineRegistry([...transforms, ...combinators], { kind: transforms.kind });

/**
 * Settings in which every other name or spelling (`auc`, `F1_macro`, timm's `resnet50.a1_in1k`) is Podium's own, so that
 * equal settings are equal runs. What a name was taken for is a decision. Unknown names stay: they are reported later.
 */
export function canonicalNames(settings: Settings): {
  readonly settings: Settings;
  readonly decisions: readonly Decision[];
} {
  const names = new CanonicalNames();
  const { data, folds, ensemble, submission, pseudo } = settings;
  const training = <T extends TrainingSettings>(given: T, key: string): T => names.training(given, key);
  return {
    settings: {
      ...settings,
      ...(settings.metric !== undefined && { metric: names.one([metrics], settings.metric, 'metric') }),
      preset: names.one([presets], settings.preset, 'preset'),
      data: {
        ...data,
        ...names.optional([layouts], data, 'layout', 'data'),
        accept: names.each(checks, data.accept, 'data.accept'),
      },
      folds: { ...folds, ...names.optional([foldMethods], folds, 'method', 'folds') },
      ensemble: { ...ensemble, ...names.optional([rules, methods], ensemble, 'method', 'ensemble') },
      submission: {
        ...submission,
        ...names.optional([forms], submission, 'form', 'submission'),
        accept: names.each(lintRules, submission.accept, 'submission.accept'),
      },
      ...(pseudo !== undefined && {
        pseudo: {
          ...pseudo,
          method: names.one([labelMethods, semiSupervisedMethods], pseudo.method, 'pseudo.method'),
        },
      }),
      external: settings.external.map((source, i) => ({
        ...source,
        ...names.optional([layouts], source, 'layout', `external[${i}]`),
      })),
      train: training(settings.train, 'train'),
      ...(settings.models !== undefined && {
        models: settings.models.map((model, i) => names.model(model, `models[${i}]`)),
      }),
    },
    decisions: names.decisions,
  };
}

class CanonicalNames {
  readonly decisions: Decision[] = [];

  /** The name in the first of the registries that knows it. */
  one(registries: readonly NamedRegistry[], text: string, key: string): string {
    for (const registry of registries) {
      const meant = meantBy(registry, text);
      if (meant === undefined) continue;
      if (meant.isAlias) this.#took(key, meant.name, text);
      return meant.name;
    }
    return text;
  }

  /** As an object with the key, so that a key that is left out stays out. */
  optional<Key extends string>(
    registries: readonly NamedRegistry[],
    given: { readonly [K in Key]?: string | undefined },
    key: Key,
    owner: string,
  ): { [K in Key]?: string } {
    const text = given[key];
    if (text === undefined) return {};
    return { [key]: this.one(registries, text, `${owner}.${key}`) } as { [K in Key]?: string };
  }

  each(registry: NamedRegistry, texts: readonly string[], key: string): string[] {
    return texts.map((text, i) => this.one([registry], text, `${key}[${i}]`));
  }

  training<T extends TrainingSettings>(given: T, owner: string): T {
    const changed: Partial<Record<keyof TrainingSettings, unknown>> = {};
    const registries = { optimizer: optimizers, loss: losses, schedule: schedules, sampler: samplers };
    for (const [key, registry] of Object.entries(registries) as [keyof typeof registries, NamedRegistry][]) {
      const value = given[key];
      if (value !== undefined) changed[key] = this.#named(registry, value, `${owner}.${key}`);
    }
    const { pretrain, augment } = given;
    if (pretrain !== undefined) {
      const method = this.one([pretrainingTasks], pretrain.method, `${owner}.pretrain.method`);
      changed.pretrain = { ...pretrain, method };
    }
    if (Array.isArray(augment)) changed.augment = this.#steps(augment, `${owner}.augment`);
    return { ...given, ...changed };
  }

  model(given: ModelEntry, key: string): ModelEntry {
    if (typeof given === 'string') {
      const { model, pretrained } = this.#modelName(given, key);
      return pretrained === undefined ? model : { model, pretrained };
    }
    const trained: ModelSettings = this.training(given, key);
    if (typeof trained.model !== 'string') return trained;
    return { ...trained, ...this.#modelName(trained.model, `${key}.model`, trained.pretrained) };
  }

  /** timm's `resnet50.a1_in1k` is a model and the tag of its weights; torchvision has names of its own. */
  #modelName(
    text: string,
    key: string,
    pretrained?: ModelSettings['pretrained'],
  ): { readonly model: string; readonly pretrained?: string | boolean } {
    const [, name = text, tag] = /^(?:(?:hf[-_]hub:)?timm\/)?([^./]+)\.([^/]+)$/.exec(text) ?? [];
    const model = meantBy(models, name)?.name ?? torchvisionName(name);
    // Another tag beside it would be ignored: the name stays, and is reported.
    if (model === undefined || (tag !== undefined && pretrained !== undefined && pretrained !== tag))
      return { model: text, ...(pretrained !== undefined && { pretrained }) };
    if (tag === undefined) {
      if (meantBy(models, name) === undefined) this.#took(key, model, text);
      return { model, ...(pretrained !== undefined && { pretrained }) };
    }
    return { model, pretrained: tag };
  }

  #named(registry: NamedRegistry, given: Named, key: string): Named {
    if (typeof given === 'string') return this.one([registry], given, key);
    return { ...given, name: this.one([registry], given.name, `${key}.name`) };
  }

  #steps(given: readonly unknown[], key: string): unknown[] {
    return given.map((step, i) => {
      if (typeof step === 'string') return this.one([steps], step, `${key}[${i}]`);
      if (typeof step !== 'object' || step === null || Array.isArray(step)) return step;
      const entries = Object.entries(step).map(([name, value]: [string, unknown]) => {
        const own = this.one([steps], name, `${key}[${i}]`);
        if (!combinators.has(own)) return [own, value];
        const inner = `${key}[${i}].${own}`;
        if (Array.isArray(value)) return [own, this.#steps(value, inner)];
        const list = (value as { steps?: unknown } | null)?.steps;
        if (!Array.isArray(list)) return [own, value];
        return [own, { ...(value as object), steps: this.#steps(list, `${inner}.steps`) }];
      });
      return Object.fromEntries(entries);
    });
  }

  #took(key: string, name: string, text: string): void {
    this.decisions.push({ key, value: name, reason: `"${text}" is another name for it` });
  }
}

function torchvisionName(name: string): string | undefined {
  try {
    return findTorchvision(name).name;
  } catch {
    return undefined;
  }
}
