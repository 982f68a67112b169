import { defineRegistry, type Registry } from '@podium/core';
import type { MethodContext, SemiSupervisedDefinition, SemiSupervisedMethod } from './definition.ts';
import * as all from './methods/index.ts';

/** Methods that learn from labeled and unlabeled images at once. */
export const semiSupervisedMethods: Registry<SemiSupervisedDefinition> = defineRegistry(Object.values(all), {
  kind: 'semi-supervised method',
});

/** A method by name; settings that are left out are its paper's. */
export interface MethodOptions extends Readonly<Record<string, unknown>> {
  readonly name: string;
}

/**
 * Creates a method for one run.
 *
 * @throws PodiumError for an unknown name or setting, a value out of range, or a head with fewer than two classes
 *
 * @example
 * const method = createSemiSupervised(
 *   { name: 'fixmatch', threshold: 0.9 },
 *   { heads: [{ name: 'label', classes: 10 }] },
 * );
 */
export function createSemiSupervised(options: MethodOptions, context: MethodContext): SemiSupervisedMethod {
  const { name, ...settings } = options;
  return semiSupervisedMethods.get(name).create(settings, context);
}
