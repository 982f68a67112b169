const MAX_SHOWN = 6;

/** Names as YAML, to copy into settings: `{ cat: "0", dog: "1" }`; `...` stands for more than six. */
export function exampleNames(
  classes: readonly string[],
  values: readonly string[] = numbers(classes),
): string {
  const pairs = classes
    .slice(0, MAX_SHOWN)
    .map((name, k) => `${yamlText(name)}: ${JSON.stringify(values[k])}`);
  return `{ ${pairs.join(', ')}${classes.length > MAX_SHOWN ? ', ...' : ''} }`;
}

/** A text in a line of YAML, quoted if it has to be. */
export function yamlText(text: string): string {
  return /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

function numbers(classes: readonly string[]): string[] {
  return classes.map((_, k) => String(k));
}

/** `a: cat, b: dog, ... (120)`. */
export function shortList(parts: readonly string[]): string {
  const shown = parts.slice(0, MAX_SHOWN).join(', ');
  return parts.length > MAX_SHOWN ? `${shown}, ... (${parts.length})` : shown;
}
