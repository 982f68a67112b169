import type { CatalogEntry, CatalogKind, CatalogSetting } from '@podium/competition';
import { wrapped } from '../help-text.ts';

type Kind = Omit<CatalogKind, 'entries'>;

/** Where nothing limits a line. */
const WIDTH = 110;

/** The kinds of things that settings can name, one per line. */
export function describeKinds(
  kinds: readonly (Kind & { readonly entries: number })[],
  width = WIDTH,
): string[] {
  const longest = Math.max(...kinds.map(({ name }) => name.length));
  const lines = kinds.map(
    ({ name, summary, keys, entries }) => `${name.padEnd(longest)}  ${summary} (${entries}): ${keys[0]}`,
  );
  return [
    ...lines,
    '',
    'podium list losses     lists one kind',
    'podium models list     lists the models',
  ].flatMap((line) => wrapped(line, width).split('\n'));
}

/** Entries of one kind: a line each, and one with the settings and their defaults. */
export function describeEntries(kind: Kind, entries: readonly CatalogEntry[], width = WIDTH): string[] {
  const longest = Math.max(...entries.map(({ name }) => name.length));
  const lines = entries.flatMap(({ name, summary, aliases, settings }) => {
    const other = aliases.length === 0 ? '' : ` (also ${aliases.slice(0, 4).join(', ')})`;
    const line = `${name.padEnd(longest)}  ${summary}${other}`;
    if (settings.length === 0) return [line];
    return [line, `${' '.repeat(longest)}  settings: ${settings.map(shortSetting).join(', ')}`];
  });
  return [...heading(kind), ...lines].flatMap((line) => wrapped(line, width).split('\n'));
}

/** One entry, with what each of its settings means. */
export function describeEntry(
  kind: Kind,
  { name, summary, aliases, settings }: CatalogEntry,
  width = WIDTH,
): string[] {
  const longest = Math.max(...settings.map((setting) => setting.name.length), 0);
  const lines = [
    ...heading(kind),
    `${name}: ${summary}`,
    ...(aliases.length === 0 ? [] : [`Also: ${aliases.join(', ')}`]),
    ...(settings.length === 0 ? ['It has no settings of its own.'] : ['', 'Settings:']),
    ...settings.map(
      (setting) =>
        `  ${setting.name.padEnd(longest)}  ${[setting.description, meaning(setting)].filter(Boolean).join('; ')}`,
    ),
  ];
  return lines.flatMap((line) => wrapped(line, width).split('\n'));
}

function heading({ summary, keys, example }: Kind): string[] {
  return [`${summary.charAt(0).toUpperCase()}${summary.slice(1)}: ${keys.join(', ')}`, `  ${example}`, ''];
}

function shortSetting({ name, default: fallback, required }: CatalogSetting): string {
  if (required) return `${name} (required)`;
  return fallback === undefined ? name : `${name} ${fallback}`;
}

function meaning({ takes, default: fallback, required }: CatalogSetting): string {
  const value = required ? 'required' : fallback === undefined ? '' : `default ${fallback}`;
  return [takes, value].filter(Boolean).join('; ');
}
