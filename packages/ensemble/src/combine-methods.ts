import { fail } from '@podium/core';
import { defineMethod, type FittedOn, type Method } from './method.ts';
import type { Blend } from './rule.ts';

/** A blending rule as a method that fits nothing. */
export function ruleMethod(name: string, blend: Blend): Method<FittedOn> {
  return defineMethod({ name, fit: () => ({}), apply: (_, members) => blend(members) });
}

/**
 * Applies methods one after another; each is fitted to the output of the one before. `nested` fits the whole chain inside
 * each fold. A method is more confident on the rows it was fitted to than on new ones, so a temperature after a stacked
 * model comes out too low; after a mean or weights this hardly matters.
 * @throws PodiumError `ensemble-method` for an empty chain
 *
 * @example
 * const method = chain([selection({ score }), temperature()]);
 */
export function chain(methods: readonly Method[]): Method<readonly unknown[]> {
  if (methods.length === 0) {
    fail({
      code: 'ensemble-method',
      message: 'an empty chain',
      expected: 'at least one method',
      got: 'none',
    });
  }
  return {
    name: methods.map(({ name }) => name).join(' > '),
    fit: ({ members, truth, rng }) => {
      let inputs = members;
      return methods.map((method, step) => {
        const parameters = method.fit({ members: inputs, truth, rng: rng.split('step', step) });
        inputs = [method.apply(parameters, inputs)];
        return parameters;
      });
    },
    apply: (parameters, members) =>
      methods.reduce((inputs, method, step) => [method.apply(parameters[step], inputs)], members)[0]!,
  };
}

/** Refines each member on its own (for example with a temperature), then applies a method to all of them. */
export function eachMember<A, B>(
  refine: Method<A>,
  then: Method<B>,
): Method<{ readonly refined: readonly A[]; readonly combined: B }> {
  return {
    name: `each ${refine.name} > ${then.name}`,
    fit: ({ members, truth, rng }) => {
      const fitted = members.map((member, m) =>
        refine.fit({ members: [member], truth, rng: rng.split('member', m) }),
      );
      const refined = members.map((member, m) => refine.apply(fitted[m] as A, [member]));
      return { refined: fitted, combined: then.fit({ members: refined, truth, rng: rng.split('then') }) };
    },
    apply: (parameters, members) => {
      if (members.length !== parameters.refined.length) {
        fail({
          code: 'ensemble-members',
          message: 'these are not the members that were refined',
          expected: String(parameters.refined.length),
          got: String(members.length),
        });
      }
      return then.apply(
        parameters.combined,
        members.map((member, m) => refine.apply(parameters.refined[m] as A, [member])),
      );
    },
  };
}
