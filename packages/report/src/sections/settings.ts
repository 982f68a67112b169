import { flatten } from '../page/flatten.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Section } from '../section.ts';

/** How to reproduce the run: command, settings, keys and versions. */
export const settings: Section = {
  id: 'rebuild',
  title: 'Reproduce this run',
  render({ data: { settings: values, stageKeys = [], rebuild, environment = {} } }) {
    const parts: (Html | false)[] = [
      rebuild !== undefined &&
        html`<p class="lead">This command makes the same submission from the same data.</p><div class="command"><pre tabindex="0" role="group" aria-label="Command"><code>${rebuild.command}</code></pre><button type="button" class="copy" data-copy hidden>Copy</button></div>${rebuild.note !== undefined && html`<p class="muted">${rebuild.note}</p>`}`,
      values !== undefined &&
        html`<details><summary>Settings</summary>${table(
          [{ name: 'Setting' }, { name: 'Value' }],
          flatten(values).map(([name, value]) => [foreign(name), foreign(value)]),
          { caption: 'Settings of the run' },
        )}</details>`,
      stageKeys.length > 0 &&
        html`<details><summary>Stage keys</summary><p class="muted">A key is a hash of everything a stage depends on; equal keys mean equal results.</p>${table(
          [{ name: 'Stage' }, { name: 'Key' }],
          stageKeys.map(({ stage, key }) => [foreign(stage), html`<code>${key}</code>`]),
          { caption: 'Stage keys' },
        )}</details>`,
      Object.keys(environment).length > 0 &&
        html`<details><summary>Versions</summary>${table(
          [{ name: 'Component' }, { name: 'Version' }],
          Object.entries(environment).map(([name, value]) => [foreign(name), foreign(value)]),
          { caption: 'Versions' },
        )}</details>`,
    ];
    return parts.some((part) => part !== false) ? html`${parts}` : undefined;
  },
};
