import { resolve } from 'node:path';
import type { ResolvedWeights } from '@podium/model-zoo';
import {
  defineGraph,
  type Graph,
  type Instance,
  type OutputRef,
  type Reference,
  type Source,
  source,
} from '@podium/pipeline';
import type { ResolvedModel } from '../recipe/resolve-config.ts';
import type { UserCode } from '../recipe/shared-schemas.ts';
import type { Settings } from '../settings/schema.ts';

/** What every part of a graph depends on. */
export interface GraphContext {
  readonly settings: Settings;
  /** Absolute: what paths in the settings are relative to. */
  readonly folder: string;
  readonly threads: number;
  readonly backend: 'tensorflow' | 'wasm';
}

/** Admitted external images. */
export interface ExternalInputs {
  /** Names of the sources, in the order of `folders`. */
  readonly names: string[];
  readonly folders: Reference[];
  /** The manifest of what was admitted. */
  readonly rows: OutputRef;
}

/** Collects the sources and instances of a graph. */
export class GraphBuilder {
  readonly context: GraphContext;
  /** By source: what a file can be fetched by on another machine. */
  readonly fetchable: Map<string, string>;
  /** The competition folder. */
  readonly competition: Reference;
  readonly #sources: Map<string, Source>;
  readonly #instances: Map<string, Instance>;

  /** @param from a builder that this one begins as a copy of; what is added to one is not added to the other */
  constructor(context: GraphContext, from?: GraphBuilder) {
    this.context = context;
    this.fetchable = new Map(from?.fetchable);
    this.#sources = new Map(from === undefined ? [] : from.#sources);
    this.#instances = new Map(from === undefined ? [] : from.#instances);
    const { settings, folder } = context;
    this.competition = this.source('data', {
      kind: 'folder',
      type: 'competition',
      path: resolve(folder, settings.data.folder),
      allowOutsideLinks: settings.data.allowOutsideLinks,
    });
  }

  /** Settings of every stage that computes. */
  get computing(): Pick<GraphContext, 'threads' | 'backend'> {
    const { threads, backend } = this.context;
    return { threads, backend };
  }

  /** Adds an instance; one of the same name that was added before stays. */
  add<Handle extends Instance>(handle: Handle): Handle {
    const before = this.#instances.get(handle.name);
    if (before !== undefined) return before as Handle;
    this.#instances.set(handle.name, handle);
    return handle;
  }

  /** The instance of this name, if one was added. */
  find(name: string): Instance | undefined {
    return this.#instances.get(name);
  }

  source(name: string, content: Source): Reference {
    this.#sources.set(name, content);
    return source(name);
  }

  /** Pretrained weights as a source. */
  weights({ model, path, spec }: ResolvedWeights): Reference {
    const name = `weights[${model}]`;
    if (spec !== undefined) this.fetchable.set(name, spec);
    return this.source(name, { kind: 'file', type: 'weights', path });
  }

  /** A file of your own code as a source. */
  code({ module }: Pick<UserCode, 'module'>): Reference {
    const path = resolve(this.context.folder, module);
    return this.source(`code[${module}]`, { kind: 'file', type: 'code', path });
  }

  /** Settings of stages that build a model. */
  modelSettings({ model, imageSize, fit, input, pooling }: ResolvedModel) {
    const which =
      typeof model === 'string'
        ? { model }
        : { userModel: { export: model.export, argument: model.argument } };
    return { ...which, imageSize, fit, input, pooling };
  }

  /** Inputs of stages that build a model: pretrained weights, or your own code. */
  modelInputs({ model, weights }: Pick<ResolvedModel, 'model' | 'weights'>): {
    readonly weights?: Reference;
    readonly modelCode?: Reference;
  } {
    return {
      weights: weights && this.weights(weights),
      modelCode: typeof model === 'string' ? undefined : this.code(model),
    };
  }

  /** Everything added so far, as a checked graph. */
  build(): Graph {
    return defineGraph({
      sources: Object.fromEntries(this.#sources),
      instances: [...this.#instances.values()],
      seed: this.context.settings.seed,
    });
  }
}
