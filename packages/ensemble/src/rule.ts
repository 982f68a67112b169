import type { Predictions } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import { z } from 'zod';

/**
 * Blends several predictions into one without fitting anything. Members are aligned by id and class name, and logits are
 * converted to probabilities. There is one weight per member, of which only the ratios matter.
 */
export type Blend = (members: readonly Predictions[], weights?: ArrayLike<number>) => Predictions;

/** A rule in the registry. */
export interface BlendRule {
  /** `geometric-mean` */
  readonly name: string;
  /** One sentence for lists. */
  readonly summary: string;
  /** Schema of its settings. */
  readonly settings: z.ZodObject;
  /**
   * The rule with these settings. Default: the schema's defaults.
   * @throws PodiumError `ensemble-setting`
   */
  readonly parse: (settings?: unknown) => Blend;
}

/**
 * Checks the settings of a rule and fills in defaults.
 * @throws PodiumError `ensemble-setting`
 */
export function ruleSettings<Schema extends z.ZodObject>(
  name: string,
  schema: Schema,
  settings: unknown = {},
): z.output<Schema> {
  return parseSettings(schema, settings, { owner: `rule "${name}"`, code: 'ensemble-setting' });
}

/** A rule without settings. */
export function fixedRule({
  name,
  summary,
  blend,
}: Pick<BlendRule, 'name' | 'summary'> & { readonly blend: Blend }): BlendRule {
  const settings = z.strictObject({});
  return {
    name,
    summary,
    settings,
    parse: (given) => {
      ruleSettings(name, settings, given);
      return blend;
    },
  };
}
