/** What the cells of a column say about a separator of labels. */
export type Verdict =
  /** No cell has it, or it belongs to the names of classes. */
  | 'one'
  /** It separates labels. */
  | 'several'
  /** Both are possible. */
  | 'unclear';

/** Separators of labels, those that names of classes rarely contain first. */
export const SEPARATORS = ['|', ';', ',', ' ', '/', '+', '&', ':', '_', '-'] as const;
/** These also join words of a name, so they never separate labels unasked. */
const JOINING: ReadonlySet<string> = new Set(['/', '+', '&', ':', '_', '-']);

/** The parts of a cell between separators. */
export function partsOf(cell: string, separator: string): string[] {
  return cell
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * Whether a separator separates labels or belongs to the names of classes, by the different cells of a column. Labels also
 * occur alone, in many combinations and at any place; words of names repeat at the same place (`ace of clubs`, `two of clubs`)
 * or not at all. Few combinations of parts that are classes themselves leave it open.
 */
export function judgeSeparator(values: Iterable<string>, separator: string): Verdict {
  const texts = [...values];
  const split = texts.map((text) => partsOf(text, separator));
  const joined = split.filter((parts) => parts.length > 1);
  if (joined.length === 0) return 'one';
  const alone = new Set(split.filter((parts) => parts.length === 1).map(([part]) => part!));
  const all = new Set(split.flat());
  const inJoined = new Set(joined.flat());
  const aloneShare = [...inJoined].filter((part) => alone.has(part)).length / inJoined.size;
  const repeats = joined.some((parts) => new Set(parts).size < parts.length);
  // Fewer labels than cells: combinations, where names of classes would add words.
  const fewer = all.size < texts.length && !repeats;
  if (JOINING.has(separator)) return fewer && aloneShare === 1 ? 'unclear' : 'one';
  if (fewer && aloneShare === 1) return 'several';
  const isFixed = haveFixedPlaces(joined);
  const lengths = new Set(split.map((parts) => parts.length));
  const areNumbers = [...all].every((part) => /^\d+$/.test(part));
  if (areNumbers) return fewer && lengths.size > 1 ? 'several' : 'unclear';
  if (fewer && aloneShare >= 0.5) {
    const many = all.size <= texts.length / 2;
    return many && (separator !== ' ' || !isFixed) ? 'several' : 'unclear';
  }
  if (fewer && !isFixed) return all.size <= texts.length / 4 ? 'several' : 'unclear';
  if (separator === '|') return 'unclear';
  if (separator === ' ') return isFixed || all.size > texts.length ? 'one' : 'unclear';
  return aloneShare === 0 && (isFixed || all.size >= 1.5 * texts.length) ? 'one' : 'unclear';
}

/** Whether every part is always at the same place, counted from the start or from the end. */
function haveFixedPlaces(cells: readonly (readonly string[])[]): boolean {
  const fromStart = new Map<string, Set<number>>();
  const fromEnd = new Map<string, Set<number>>();
  const note = (map: Map<string, Set<number>>, part: string, place: number) =>
    map.set(part, (map.get(part) ?? new Set()).add(place));
  for (const parts of cells) {
    for (const [i, part] of parts.entries()) {
      note(fromStart, part, i);
      note(fromEnd, part, parts.length - i);
    }
  }
  return [...fromStart.keys()].every(
    (part) => fromStart.get(part)!.size === 1 || fromEnd.get(part)!.size === 1,
  );
}
