const GAP = '…';

/**
 * Names for places with little room: at most `max` characters each where that keeps different names different. Otherwise,
 * names that would read the same stay whole.
 */
export function shortNames(names: readonly string[], max: number): string[] {
  const short = names.map((name) => middleCut(name, max));
  // What becomes whole may read like another name that is cut, so this repeats until nothing does.
  for (let round = 0; ; round++) {
    const alike = new Map<string, Set<string>>();
    for (const [i, name] of names.entries())
      alike.set(short[i]!, (alike.get(short[i]!) ?? new Set()).add(name));
    if ([...alike.values()].every(({ size }) => size === 1)) return short;
    for (const [i, name] of names.entries()) {
      const others = [...alike.get(short[i]!)!];
      if (others.length > 1) short[i] = round === 0 ? aroundDifference(name, max, others) : name;
    }
  }
}

/** The beginning and the end of a name. */
function middleCut(name: string, max: number): string {
  const characters = Array.from(name);
  if (characters.length <= max) return name;
  const end = Math.floor((max - 1) / 2);
  return [...characters.slice(0, max - 1 - end), GAP, ...characters.slice(characters.length - end)].join('');
}

/** The part of a name from where it differs from all names that are cut to the same. */
function aroundDifference(name: string, max: number, alike: readonly string[]): string {
  const lists = alike.map((other) => Array.from(other));
  const characters = Array.from(name);
  let from = 0;
  while (from < characters.length && lists.every((list) => list[from] === characters[from])) from++;
  // Some of what they share says what they are.
  const start = Math.max(0, from - 2);
  const room = max - 6;
  const shown = characters.slice(start, start + room).join('');
  const rest = start + room < characters.length ? GAP : '';
  return `${characters.slice(0, 4).join('')}${GAP}${shown}${rest}`;
}
