import { type CatalogEntry, catalog, meantBy } from '@podium/competition';
import { defineRegistry, PodiumError } from '@podium/core';
import type { CommandContext } from '../commands/context.ts';
import { describeEntries, describeEntry, describeKinds } from '../terminal/describe-catalog.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

/** `podium list`. */
export function list(
  { terminal }: CommandContext,
  kindName: string | undefined,
  name: string | undefined,
  { json }: { readonly json?: true },
): void {
  const { width } = terminal;
  if (kindName === undefined) {
    const kinds = [...catalog].map(({ entries, ...kind }) => ({ ...kind, entries: entries().length }));
    if (json) printJson(terminal, kinds);
    else printLines(terminal, describeKinds(kinds, width));
    return;
  }
  const kind = catalog.get(kindName);
  const entries = name === undefined ? kind.entries() : named(kind.entries(), name, kindName);
  if (json) printJson(terminal, entries);
  else if (name !== undefined && entries.length === 1)
    printLines(terminal, describeEntry(kind, entries[0]!, width));
  else printLines(terminal, describeEntries(kind, entries, width));
}

/** @throws PodiumError `list-unknown` if nothing has this name or matches it */
function named(entries: readonly CatalogEntry[], name: string, kind: string): readonly CatalogEntry[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const registry = defineRegistry([...byName.values()], { kind });
  if (/[*?]/.test(name)) {
    const found = registry.list(name);
    if (found.length > 0) return found;
    throw new PodiumError({
      code: 'list-unknown',
      message: `none of the ${kind} matches ${JSON.stringify(name)}`,
      fix: `"podium list ${kind}" lists them all`,
    });
  }
  const alias = entries.find(({ aliases }) => aliases.includes(name))?.name;
  return [registry.get(alias ?? meantBy(registry, name)?.name ?? name)];
}
