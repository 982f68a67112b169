import type { Decide } from '@podium/core';
import { semiSupervisedMethods } from '@podium/semi-supervised';
import type { PseudoSettings } from '../settings/schema.ts';

/** Who labels, unless the settings say: a model's own seeds, or all models where the method compares them. */
export function teachersOf({ teachers, method }: Pick<PseudoSettings, 'teachers' | 'method'>): 'own' | 'all' {
  return teachers ?? (method === 'ensemble-agreement' ? 'all' : 'own');
}

/** Tells what the settings of pseudo labels leave open, as far as the method uses it. */
export function tellPseudoDefaults(pseudo: PseudoSettings, decide: Decide): void {
  const defaults = semiSupervisedMethods.has(pseudo.method)
    ? { ratio: "the paper's" }
    : { weight: '1', share: 'as many as there are, at most half', teachers: teachersOf(pseudo) };
  for (const [key, value] of Object.entries({ ...defaults, models: 'all' })) {
    if (pseudo[key as keyof typeof pseudo] === undefined) decide(`pseudo.${key}`, value, 'the default');
  }
}
