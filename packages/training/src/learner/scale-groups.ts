import type { ParameterGroup } from '../optimizers/index.ts';

/** Splits groups by the rate of each parameter's path (default 1), and drops parameters of rate 0. */
export function scaleGroups(
  groups: readonly ParameterGroup[],
  rates: ReadonlyMap<string, number>,
): ParameterGroup[] {
  return groups.flatMap((group) => {
    const byRate = new Map<number, ParameterGroup['parameters'][number][]>();
    for (const parameter of group.parameters) {
      const rate = rates.get(parameter[0]) ?? 1;
      if (rate === 0) continue;
      byRate.set(rate, [...(byRate.get(rate) ?? []), parameter]);
    }
    return Array.from(byRate, ([rate, parameters]) => ({
      ...group,
      name: byRate.size === 1 && rate === 1 ? group.name : `${group.name}, rate x ${rate}`,
      parameters,
      learningRateScale: (group.learningRateScale ?? 1) * rate,
    }));
  });
}
