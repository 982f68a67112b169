/** A setting that a message tells to set. */
export interface Advice {
  /** Dotted: `submission.options.positive`. */
  readonly key: string;
  /** As YAML would read it. */
  readonly value: unknown;
}

const SETTING = /\b((?:[a-z]\w*)(?:\.\w+)*): /g;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '"': '"' };

/**
 * The settings that the fix of an error names with a value: `set data.leaveOut: 0.2, or data.accept: [rare-classes]` names
 * two. Values are flow YAML: `dog`, `[a, b]`, `{ cat: "0" }`.
 */
export function adviceOf(fix: string): Advice[] {
  const found: Advice[] = [];
  let end = 0;
  for (const match of fix.matchAll(SETTING)) {
    const start = match.index + match[0].length;
    // A key inside the value of another setting.
    if (match.index < end) continue;
    const text = valueAt(fix, start);
    end = start + text.length;
    try {
      found.push({ key: match[1]!, value: JSON.parse(asJson(text)) });
    } catch {
      // A sentence with a colon.
    }
  }
  return found;
}

/** Settings with the advice followed: nested objects along the dotted key. */
export function followed<Settings extends object>(settings: Settings, { key, value }: Advice): Settings {
  const [first = '', ...rest] = key.split('.');
  const inner = (settings as Record<string, unknown>)[first];
  const next =
    rest.length === 0 ? value : followed((inner as object | undefined) ?? {}, { key: rest.join('.'), value });
  return { ...settings, [first]: next };
}

function valueAt(text: string, start: number): string {
  const closing = CLOSING[text[start]!];
  if (closing === undefined) return /^[^\s,;)]*/.exec(text.slice(start))![0];
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (closing !== '"' && text[i] === text[start]) depth++;
    if (text[i] !== closing || i === start) continue;
    if (closing === '"' || --depth === 0) return text.slice(start, i + 1);
  }
  return text.slice(start);
}

/** Flow YAML as JSON: bare words get quotes. */
function asJson(text: string): string {
  return text
    .replaceAll(/"(?:[^"\\]|\\.)*"|[^\s,:{}[\]"]+/g, (word) =>
      word.startsWith('"') || isJsonWord(word) ? word : JSON.stringify(word),
    )
    .replaceAll(/([{,]\s*)(-?\d[\d.]*)(\s*:)/g, '$1"$2"$3');
}

function isJsonWord(word: string): boolean {
  return /^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?)$/.test(word);
}
