import { fail, type Predictions } from '@podium/core';

/**
 * The single member of a method that refines predictions instead of blending them.
 * @throws PodiumError `ensemble-members`
 */
export function onlyMember(name: string, members: readonly Predictions[]): Predictions {
  const [only] = members;
  if (only !== undefined && members.length === 1) return only;
  return fail({
    code: 'ensemble-members',
    message: `the method "${name}" refines one set of predictions`,
    expected: 'one member',
    got: String(members.length),
    fix: 'blend first: chain([ruleMethod(mean), ..]); or refine each member: eachMember(..)',
  });
}
