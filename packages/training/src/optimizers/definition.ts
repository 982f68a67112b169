import type { UpdateRule } from '@podium/engine';
import type { SettingsSpec } from '../settings.ts';

/** What lasts from step to step for one parameter beside its slots. */
export interface ParameterNumbers {
  /** Steps that have changed it; those without a gradient do not count. */
  steps: number;
  /** NAdam's product of all momentum coefficients so far. */
  muProduct?: number;
}

/** What every optimizer takes. */
export interface CommonSettings {
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** An optimizer by its arithmetic; `createOptimizer` adds groups, clipping and state. */
export interface OptimizerDefinition<Name extends string = string, S = object> {
  readonly name: Name;
  /** Settings with their defaults, those of the reference. */
  readonly settings: SettingsSpec<S & CommonSettings>;
  /** Says what is wrong with settings that are right one by one. */
  readonly conflict?: (settings: S & CommonSettings) => string | undefined;
  /** The rule of one step. */
  readonly rule: UpdateRule;
  /** Names of the running averages of each parameter, as PyTorch's `state` has them, in the rule's order. */
  readonly slots: (settings: S & CommonSettings) => readonly string[];
  /** The rule's numbers for a parameter. `numbers.steps` counts this step; `numbers` may be written to. */
  readonly row: (settings: S & CommonSettings, numbers: ParameterNumbers) => Readonly<Record<string, number>>;
  /** The norm that all gradients together are clipped to whatever the caller says: LAMB's own clipping. */
  readonly ownClipNorm?: (settings: S & CommonSettings) => number | undefined;
}
