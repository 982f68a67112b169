/**
 * The candidate nearest to `name`, or undefined if none is near enough to be a likely typo: at most a third of the longer
 * word's letters may differ. Case, `-`, `_` and spaces do not count.
 */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  const folded = fold(name);
  for (const candidate of candidates) {
    const other = fold(candidate);
    const distance = editDistance(folded, other);
    if (distance < bestDistance && distance <= Math.max(folded.length, other.length) / 3) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/**
 * Restricted Damerau-Levenshtein distance: swapping two neighboring letters counts once, so that `resnet81` suggests
 * `resnet18`. Plain Levenshtein distance, as in fastest-levenshtein, counts a swap twice.
 */
function editDistance(a: string, b: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const beforePrevious = previous;
    previous = current;
    current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, (beforePrevious[j - 2] ?? 0) + 1);
      }
      current.push(value);
    }
  }
  return current[b.length] ?? 0;
}
