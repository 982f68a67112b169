const SHOWN = 12;

/** Names for a message: hundreds would bury the sentence. */
export function listed(names: readonly string[]): string {
  if (names.length <= SHOWN) return names.join(', ');
  return `${names.slice(0, SHOWN).join(', ')}, ... (${names.length} in all)`;
}
