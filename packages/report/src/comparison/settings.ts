import { flatten } from '../page/flatten.ts';
import { foreign, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { PairSection } from './pair.ts';

/** Differences of settings, versions and stage keys. */
export const settings: PairSection = {
  id: 'settings',
  title: 'Settings that differ',
  render({ a, b }) {
    const both = [a, b].map(({ data }) => new Map(flatten(data.settings ?? {})));
    const environments = [a, b].map(({ data }) => new Map(Object.entries(data.environment ?? {})));
    const keys = [a, b].map(({ data }) => new Map(data.stageKeys?.map(({ stage, key }) => [stage, key])));
    const changed = differences(both[0], both[1]);
    const versions = differences(environments[0], environments[1]);
    const stages = differences(keys[0], keys[1]);
    if ([...both, ...environments, ...keys].every(({ size }) => size === 0)) return undefined;
    const sameStages = [...(keys[0] ?? [])].filter(([stage, key]) => keys[1]?.get(stage) === key).length;
    return html`${
      changed.length === 0
        ? html`<p>The settings are the same.</p>`
        : table(
            [{ name: 'Setting' }, { name: 'A' }, { name: 'B' }],
            changed.map(([name, before, after]) => [foreign(name), shown(before), shown(after)]),
            { caption: 'Settings that differ' },
          )
    }${
      versions.length > 0 &&
      html`<h3>Versions</h3>${table(
        [{ name: 'Component' }, { name: 'A' }, { name: 'B' }],
        versions.map(([name, before, after]) => [foreign(name), shown(before), shown(after)]),
        { caption: 'Versions that differ' },
      )}`
    }${
      (stages.length > 0 || sameStages > 0) &&
      html`<details><summary>Stages: ${sameStages} equal, ${stages.length} different</summary>${
        stages.length > 0 &&
        table(
          [{ name: 'Stage' }, { name: 'Key in A' }, { name: 'Key in B' }],
          stages.map(([name, before, after]) => [foreign(name), shown(before), shown(after)]),
          { caption: 'Stages that differ' },
        )
      }</details>`
    }`;
  },
};

function shown(value: string | undefined) {
  return value === undefined ? html`<span class="muted">not set</span>` : foreign(value);
}

type Difference = readonly [name: string, before: string | undefined, after: string | undefined];

function differences(
  a: ReadonlyMap<string, string> = new Map(),
  b: ReadonlyMap<string, string> = new Map(),
): Difference[] {
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((name) => a.get(name) !== b.get(name))
    .map((name) => [name, a.get(name), b.get(name)] as const);
}
