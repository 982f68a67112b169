const MAX_SHOWN = 12;

/** Names for a message, shortened if there are many. */
export function listNames(names: readonly string[]): string {
  if (names.length <= MAX_SHOWN) return names.join(', ');
  return `${names.slice(0, MAX_SHOWN).join(', ')}, ... (${names.length} in all)`;
}
