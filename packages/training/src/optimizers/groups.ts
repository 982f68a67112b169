import { matchesGlob, PodiumError } from '@podium/core';
import type { AnyModule, Parameter } from '@podium/nn';

/** Parameters that share a learning rate and settings. */
export interface ParameterGroup {
  readonly name: string;
  readonly parameters: readonly (readonly [path: string, parameter: Parameter])[];
  /** Multiplies the scheduled learning rate. Default 1. */
  readonly learningRateScale?: number;
  /** Default: the optimizer's. */
  readonly weightDecay?: number;
  /** Other settings that replace the optimizer's: `{ betas: [0.9, 0.95] }`. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Overrides the rules for parameters whose paths match a glob. */
export interface GroupOverride {
  /** `*` matches any characters, dots included: `head.*`, `*.bias`. */
  readonly paths: string | readonly string[];
  /** Multiplies the scale set by the rules. */
  readonly learningRateScale?: number;
  readonly weightDecay?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Lower learning rates for earlier layers. */
export interface LayerDecay {
  /** Learning rate of each layer relative to the next one; the last layer has the full rate. */
  readonly decay: number;
  /** Layer of a parameter, 0 for the one next to the image. `undefined`: the last layer, with the head. */
  readonly layerOf: (path: string) => number | undefined;
  /** Number of layers, the last one included. */
  readonly layers: number;
  /** Lower bound of the scales. Default 0. */
  readonly minScale?: number;
}

export interface GroupOptions {
  /** For parameters that decay. Default: the optimizer's. */
  readonly weightDecay?: number;
  /**
   * Globs of parameters without weight decay, in addition to one-dimensional ones (biases, norms, layer scales). Default:
   * position embeddings, class tokens and attention biases, as in timm.
   */
  readonly noDecay?: readonly string[];
  readonly layerDecay?: LayerDecay;
  /** If several match, later ones win. */
  readonly overrides?: readonly GroupOverride[];
}

/** `no_weight_decay` of timm's vision transformers, Swin, and LeViT and its relatives. */
const NO_DECAY = [
  '*pos_embed',
  '*cls_token',
  '*dist_token',
  '*reg_token',
  '*relative_position_bias_table',
  '*attention_biases',
] as const;

interface Rule {
  weightDecay: number | undefined;
  learningRateScale: number;
  settings: Readonly<Record<string, unknown>> | undefined;
  name: string;
}

/**
 * Sorts a model's trainable parameters into groups:
 *
 * - no weight decay for position embeddings and parameters with at most one dimension (timm's rule);
 * - with `layerDecay`, lower learning rates for earlier layers (BEiT, timm's `param_groups_layer_decay`);
 * - then `overrides` by path.
 *
 * @throws PodiumError `training-groups` for an override that matches nothing, or a layer out of range
 *
 * @example
 * parameterGroups(model, { weightDecay: 0.05, overrides: [{ paths: 'head.*', learningRateScale: 10 }] });
 */
export function parameterGroups(model: AnyModule, options: GroupOptions = {}): ParameterGroup[] {
  const named = model.namedParameters();
  const trained = named.filter(([, parameter]) => parameter.requiresGrad);
  for (const { paths } of options.overrides ?? []) {
    if (named.some(([path]) => matchesAnyGlob(path, paths))) continue;
    throw new PodiumError({
      code: 'training-groups',
      message: `no parameter matches the override for ${JSON.stringify(paths)}`,
      expected: 'a glob of paths such as "head.*"',
      got: `paths such as ${named
        .slice(0, 3)
        .map(([path]) => path)
        .join(', ')}`,
    });
  }
  const groups = new Map<string, { rule: Rule; parameters: [string, Parameter][] }>();
  for (const [path, parameter] of trained) {
    const rule = ruleFor(path, parameter, options);
    const key = JSON.stringify([rule.name, rule.weightDecay, rule.learningRateScale, rule.settings]);
    const group = groups.get(key) ?? { rule, parameters: [] };
    groups.set(key, group);
    group.parameters.push([path, parameter]);
  }
  const names = new Map<string, number>();
  return Array.from(groups.values(), ({ rule, parameters }) => {
    const count = (names.get(rule.name) ?? 0) + 1;
    names.set(rule.name, count);
    return {
      name: count === 1 ? rule.name : `${rule.name} (${count})`,
      parameters,
      learningRateScale: rule.learningRateScale,
      weightDecay: rule.weightDecay,
      settings: rule.settings,
    };
  });
}

function ruleFor(path: string, parameter: Parameter, options: GroupOptions): Rule {
  const skipsDecay = parameter.shape.length <= 1 || matchesAnyGlob(path, options.noDecay ?? NO_DECAY);
  const layer = layerFor(path, options.layerDecay);
  const rule: Rule = {
    name: [...(layer === undefined ? [] : [`layer ${layer.index}`]), skipsDecay ? 'no decay' : 'decay'].join(
      ', ',
    ),
    weightDecay: skipsDecay ? 0 : options.weightDecay,
    learningRateScale: layer?.scale ?? 1,
    settings: undefined,
  };
  for (const override of options.overrides ?? []) {
    if (!matchesAnyGlob(path, override.paths)) continue;
    rule.name = `${[override.paths].flat().join(' ')}: ${rule.name}`;
    rule.weightDecay = override.weightDecay ?? rule.weightDecay;
    rule.learningRateScale *= override.learningRateScale ?? 1;
    rule.settings =
      override.settings === undefined ? rule.settings : { ...rule.settings, ...override.settings };
  }
  return rule;
}

function layerFor(
  path: string,
  layerDecay: LayerDecay | undefined,
): { index: number; scale: number } | undefined {
  if (layerDecay === undefined) return undefined;
  const { decay, layers, minScale = 0 } = layerDecay;
  const index = layerDecay.layerOf(path) ?? layers - 1;
  if (!Number.isInteger(index) || index < 0 || index >= layers) {
    throw new PodiumError({
      code: 'training-groups',
      path: { key: path },
      message: 'layer of a parameter',
      expected: `a whole number from 0 to ${layers - 1}`,
      got: String(index),
    });
  }
  return { index, scale: Math.max(minScale, decay ** (layers - 1 - index)) };
}

function matchesAnyGlob(path: string, globs: string | readonly string[]): boolean {
  return [globs].flat().some((glob) => matchesGlob(path, glob));
}
