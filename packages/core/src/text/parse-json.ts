/** Far deeper than anything that Podium writes. What walks through values would run out of stack at some thousand levels. */
const MAX_LEVELS = 200;

/**
 * `JSON.parse` for untrusted text: also text that nests without end is a SyntaxError.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  if (levelsOf(text) > MAX_LEVELS) throw new SyntaxError(`nesting deeper than ${MAX_LEVELS} levels`);
  return JSON.parse(text);
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [SQUARE, SQUARE_END] = [0x5b, 0x5d];
const [CURLY, CURLY_END] = [0x7b, 0x7d];

/** How deep brackets nest outside strings; of text that is not JSON, anything. */
function levelsOf(text: string): number {
  let [level, deepest] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === SQUARE || code === CURLY) deepest = Math.max(deepest, ++level);
    else if (code === SQUARE_END || code === CURLY_END) level--;
    else if (code === QUOTE) {
      at++;
      while (at < text.length && text.charCodeAt(at) !== QUOTE)
        at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
    }
  }
  return deepest;
}
