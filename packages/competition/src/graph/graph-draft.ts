import { resolve } from 'node:path';
import { type Instance, type Reference, type Source, source } from '@podium/pipeline';
import type { ChosenModel } from '../recipe/resolve-config.ts';
import type { FoundWeights } from '../recipe/weights.ts';
import type { OwnCode, Settings } from '../settings/schema.ts';

/** What a graph is made of beside stages. */
export interface Place {
  readonly settings: Settings;
  /** Absolute: what paths in the settings are relative to. */
  readonly folder: string;
  readonly threads: number;
  readonly backend: 'tensorflow' | 'wasm';
}

/** Sources and instances that are being put together. */
export class GraphDraft {
  readonly place: Place;
  readonly sources: Record<string, Source> = {};
  readonly instances: Instance[] = [];
  /** External folders, by the names of their sources. */
  external: { readonly names: string[]; readonly folders: Reference[] } | undefined;
  /** By source: what a file can be fetched by on another machine. */
  readonly fetchable: Map<string, string> = new Map();

  constructor(place: Place) {
    this.place = place;
  }

  /** Which model, as the settings of stages that make one have it. */
  modelOf({ model, imageSize, fit, input }: ChosenModel) {
    const which =
      typeof model === 'string'
        ? { model }
        : {
            ownModel: {
              export: model.export,
              argument: model.argument,
            },
          };
    return { ...which, imageSize, fit, input };
  }

  /** What a model is made from: pretrained weights, or code of the user's. */
  modelInputs({ model, weights }: ChosenModel) {
    return {
      ...(weights !== undefined && { weights: this.weights(weights) }),
      ...(typeof model !== 'string' && { modelCode: this.code(model) }),
    };
  }

  /** Pretrained weights as a source. */
  weights({ model, path, spec }: FoundWeights): Reference {
    const name = `weights[${model}]`;
    if (spec !== undefined) this.fetchable.set(name, spec);
    this.sources[name] = { kind: 'file', type: 'weights', path };
    return source(name);
  }

  /** A file of the user's code as a source. */
  code({ module }: Pick<OwnCode, 'module'>): Reference {
    const path = resolve(this.place.folder, module);
    const name = `code[${module}]`;
    this.sources[name] = { kind: 'file', type: 'code', path };
    return source(name);
  }

  /** Adds instances; those that are there already stay. */
  add(...instances: readonly Instance[]): void {
    for (const each of instances)
      if (!this.instances.some(({ name }) => name === each.name)) this.instances.push(each);
  }
}
