import { PodiumError } from '../errors.ts';
import { compareNaturally } from '../order/compare-naturally.ts';
import { matchesGlob } from './matches-glob.ts';

/** Named entries of one kind: models, layouts, losses. Iterates in definition order. */
export interface Registry<Entry extends { readonly name: string }> extends Iterable<Entry> {
  /** Singular noun for messages: `model`, `loss`. */
  readonly kind: string;
  readonly size: number;
  /**
   * The entry with this name.
   * @throws PodiumError `registry-unknown-name`, with the nearest name
   */
  get(name: string): Entry;
  has(name: string): boolean;
  /** The names that match a glob (`*` any run, `?` one character), in natural order. Default: all names. */
  names(glob?: string): string[];
  /** The entries of `names(glob)`, in the same order. */
  list(glob?: string): Entry[];
}

/**
 * Creates a registry. Registries are values: importing a module registers nothing, and `defineRegistry([...registry,
 * entry], { kind })` extends one.
 * @throws PodiumError `registry-duplicate-name`, `registry-bad-name` for a name that is empty, starts or ends with a space,
 * or contains `*` or `?`
 *
 * @example
 * const losses = defineRegistry([crossEntropy, focal], { kind: 'loss' });
 * losses.get('focl');   // unknown loss: expected cross-entropy|focal, got "focl" (did you mean "focal"?)
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
        message: `duplicate ${kind} "${entry.name}"`,
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
    message: `invalid name of a ${kind}`,
    expected: 'a non-empty string without "*", "?", or spaces at its ends',
    got: JSON.stringify(name) ?? String(name),
  });
}
