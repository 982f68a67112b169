import {
  type GroupConsistencyOptions,
  groupConsistencySettings,
  groupConsistent,
} from '../group-consistency.ts';
import { onlyMember } from '../members/only-member.ts';
import { defineMethod, type FittedOn, type Method, type MethodEntry, methodSettings } from '../method.ts';

const NAME = 'group-consistency';

/** {@link groupConsistent} as a step of a chain. Fits nothing and uses no labels. */
export function groupConsistency(options: GroupConsistencyOptions = {}): Method<FittedOn> {
  const parsed = methodSettings(NAME, groupConsistencySettings, options);
  return defineMethod({
    name: NAME,
    fit: () => ({}),
    apply: (_, members) => groupConsistent(onlyMember(NAME, members), parsed),
  });
}

export const entry: MethodEntry = {
  name: NAME,
  summary: 'Averages what all rows of a group share (gender, age) over the group.',
  settings: groupConsistencySettings,
  parse: (given) => groupConsistency(given as GroupConsistencyOptions),
};
