import { type FactorHead, type GroupConsistencyOptions, groupConsistent } from '../group-consistency.ts';
import { defineMethod, type FittedOn, type Method, type MethodEntry } from '../method.ts';
import { fail } from '../support/errors.ts';
import { onlyMember } from '../support/only.ts';
import { readSettings } from '../support/settings.ts';

/** {@link groupConsistent} as a step of a chain. Nothing is fitted, and no label is looked at. */
export function groupConsistency(options: GroupConsistencyOptions = {}): Method<FittedOn> {
  const name = 'group-consistency';
  return defineMethod({
    name,
    fit: () => ({}),
    apply: (_, members) => groupConsistent(onlyMember(name, members), options),
  });
}

function headsFrom(value: unknown): readonly FactorHead[] | undefined {
  if (value === undefined) return undefined;
  const good =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (head) =>
        typeof head === 'object' &&
        head !== null &&
        typeof head.shared === 'boolean' &&
        Array.isArray(head.classes) &&
        head.classes.length > 0 &&
        head.classes.every((name: unknown) => typeof name === 'string'),
    );
  if (good) return value as readonly FactorHead[];
  return fail({
    code: 'ensemble-setting',
    message: 'a setting of method "group-consistency"',
    path: { key: 'heads' },
    expected: 'a list of { classes: ["male", "female"], shared: true }',
    got: JSON.stringify(value),
  });
}

export const entry: MethodEntry = {
  name: 'group-consistency',
  summary: 'Averages what all rows of a group share (gender, age) over the group.',
  parse: (settings) => {
    const reader = readSettings('method "group-consistency"', settings);
    const by = reader.choice('by', 'probability', ['probability', 'log-probability']);
    const heads = headsFrom(reader.other('heads'));
    reader.end();
    return groupConsistency({ by, heads });
  },
};
