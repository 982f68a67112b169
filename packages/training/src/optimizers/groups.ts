import { matchesGlob, PodiumError } from '@podium/core';
import type { AnyModule, Parameter } from '@podium/nn';

/** Parameters that are trained alike. */
export interface ParameterGroup {
  readonly name: string;
  readonly parameters: readonly (readonly [path: string, parameter: Parameter])[];
  /** What the scheduled learning rate is multiplied by; 1 by default. */
  readonly learningRateScale?: number;
  /** Instead of the optimizer's. */
  readonly weightDecay?: number;
  /** Other settings of the optimizer that differ here: `{ betas: [0.9, 0.95] }`. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** What the parameters whose paths match a glob get instead of what the rules say. */
export interface GroupOverride {
  /** `*` stands for any run of characters, dots included: `head.*`, `*.bias`. */
  readonly paths: string | readonly string[];
  /** Multiplies the scale that the rules give. */
  readonly learningRateScale?: number;
  readonly weightDecay?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface LayerDecay {
  /** What each layer's learning rate is of that of the layer above it; the topmost has the full rate. */
  readonly decay: number;
  /**
   * Which layer a parameter belongs to, 0 for the one nearest to the image. `undefined` stands for the topmost: head
   * and whatever is not known.
   */
  readonly layerOf: (path: string) => number | undefined;
  /** Number of layers, the topmost included. */
  readonly layers: number;
  /** Scales do not fall below this. */
  readonly least?: number;
}

export interface GroupOptions {
  /** Of parameters that decay. Without it, the optimizer's. */
  readonly weightDecay?: number;
  /**
   * Globs of what does not decay beside one-dimensional parameters (biases, norms, layer scales); default: position
   * embeddings and class tokens, as timm's models ask for.
   */
  readonly noDecay?: readonly string[];
  readonly layerDecay?: LayerDecay;
  /** Later ones win where several match. */
  readonly overrides?: readonly GroupOverride[];
}

/** What timm's vision transformers list in `no_weight_decay`, with Swin's tables. */
const NO_DECAY = [
  '*pos_embed',
  '*cls_token',
  '*dist_token',
  '*reg_token',
  '*relative_position_bias_table',
] as const;

interface Plan {
  weightDecay: number | undefined;
  learningRateScale: number;
  settings: Readonly<Record<string, unknown>> | undefined;
  name: string;
}

/**
 * Sorts the parameters of a model into groups: no weight decay on whatever has one dimension or none (timm's rule) nor on
 * position embeddings; learning rates that fall from layer to layer where asked for (BEiT's rule, as timm's
 * `param_groups_layer_decay`); overrides by path. Parameters without `requiresGrad` are left out.
 *
 * @throws PodiumError `training-groups` for an override that matches nothing, or a layer out of range
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
  const groups = new Map<string, { plan: Plan; parameters: [string, Parameter][] }>();
  for (const [path, parameter] of trained) {
    const plan = planFor(path, parameter, options);
    const key = JSON.stringify([plan.name, plan.weightDecay, plan.learningRateScale, plan.settings]);
    const group = groups.get(key) ?? { plan, parameters: [] };
    groups.set(key, group);
    group.parameters.push([path, parameter]);
  }
  const names = new Map<string, number>();
  return Array.from(groups.values(), ({ plan, parameters }) => {
    const count = (names.get(plan.name) ?? 0) + 1;
    names.set(plan.name, count);
    return {
      name: count === 1 ? plan.name : `${plan.name} (${count})`,
      parameters,
      learningRateScale: plan.learningRateScale,
      weightDecay: plan.weightDecay,
      settings: plan.settings,
    };
  });
}

function planFor(path: string, parameter: Parameter, options: GroupOptions): Plan {
  const still = parameter.shape.length <= 1 || matchesAnyGlob(path, options.noDecay ?? NO_DECAY);
  const layer = layerFor(path, options.layerDecay);
  const plan: Plan = {
    name: [...(layer === undefined ? [] : [`layer ${layer.index}`]), still ? 'no decay' : 'decay'].join(', '),
    weightDecay: still ? 0 : options.weightDecay,
    learningRateScale: layer?.scale ?? 1,
    settings: undefined,
  };
  for (const override of options.overrides ?? []) {
    if (!matchesAnyGlob(path, override.paths)) continue;
    plan.name = `${[override.paths].flat().join(' ')}: ${plan.name}`;
    plan.weightDecay = override.weightDecay ?? plan.weightDecay;
    plan.learningRateScale *= override.learningRateScale ?? 1;
    plan.settings =
      override.settings === undefined ? plan.settings : { ...plan.settings, ...override.settings };
  }
  return plan;
}

function layerFor(path: string, rule: LayerDecay | undefined): { index: number; scale: number } | undefined {
  if (rule === undefined) return undefined;
  const { decay, layers, least = 0 } = rule;
  const index = rule.layerOf(path) ?? layers - 1;
  if (!Number.isInteger(index) || index < 0 || index >= layers) {
    throw new PodiumError({
      code: 'training-groups',
      path: { key: path },
      message: 'layer of a parameter',
      expected: `a whole number from 0 to ${layers - 1}`,
      got: String(index),
    });
  }
  return { index, scale: Math.max(least, decay ** (layers - 1 - index)) };
}

function matchesAnyGlob(path: string, globs: string | readonly string[]): boolean {
  return [globs].flat().some((glob) => matchesGlob(path, glob));
}
