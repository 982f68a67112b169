import { PodiumError } from '../errors.ts';
import { matchesGlob } from './glob.ts';
import { compareNaturally } from './natural-order.ts';

/** Named entries of one kind: models, layouts, losses. Iterates in the order of definition. */
export interface Registry<Entry extends { readonly name: string }> extends Iterable<Entry> {
  /** What the entries are, in the singular, for messages: `model`, `loss`. */
  readonly kind: string;
  readonly size: number;
  /**
   * The entry of that name.
   * @throws PodiumError `registry-unknown-name`, suggesting the nearest name.
   */
  get(name: string): Entry;
  has(name: string): boolean;
  /** The names that match the glob (`*` any run, `?` one character), numbers in natural order; without it, all. */
  names(glob?: string): string[];
  /** The entries that `names(glob)` names, in the same order. */
  list(glob?: string): Entry[];
}

/**
 * Makes a registry of `entries`. It is a value: nothing registers itself when imported, and a larger registry is
 * `defineRegistry([...registry, mine], { kind })`.
 * @throws PodiumError `registry-duplicate-name` where two entries share a name, `registry-bad-name` for a name that is
 * empty, padded with spaces, or holds `*` or `?`.
 */
export function defineRegistry<Entry extends { readonly name: string }>(
  entries: Iterable<Entry>,
  { kind }: { readonly kind: string },
): Registry<Entry> {
  const byName = new Map<string, Entry>();
  for (const entry of entries) {
    checkName(entry.name, kind);
    if (byName.has(entry.name)) {
      throw new PodiumError({
        code: 'registry-duplicate-name',
        message: `two entries of the ${kind} registry are named "${entry.name}"`,
        fix: 'rename one of them',
      });
    }
    byName.set(entry.name, entry);
  }
  const sorted = [...byName.keys()].sort(compareNaturally);
  const names = (glob?: string) => sorted.filter((name) => glob === undefined || matchesGlob(name, glob));
  const get = (name: string): Entry => {
    const entry = byName.get(name);
    if (entry === undefined) {
      throw new PodiumError({
        code: 'registry-unknown-name',
        message: `unknown ${kind}`,
        expected: sorted,
        got: JSON.stringify(name) ?? String(name),
      });
    }
    return entry;
  };
  return Object.freeze({
    kind,
    size: byName.size,
    get,
    has: (name: string) => byName.has(name),
    names,
    list: (glob?: string) => names(glob).map(get),
    [Symbol.iterator]: () => byName.values(),
  });
}

function checkName(name: unknown, kind: string): void {
  if (typeof name === 'string' && name !== '' && name.trim() === name && !/[*?]/.test(name)) return;
  throw new PodiumError({
    code: 'registry-bad-name',
    message: `an entry of the ${kind} registry has a name that cannot be asked for`,
    expected: 'a string that is not empty, has no space at its ends, and no "*" or "?"',
    got: JSON.stringify(name) ?? String(name),
  });
}
