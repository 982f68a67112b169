/**
 * Whether all of `text` matches `pattern`: `*` matches any run of characters, `?` one character. Case-sensitive.
 *
 * Not picomatch, whose `*` stops at a slash and which also reads braces, brackets and `!`; here time is at most
 * `text.length * pattern.length` for any pattern.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  let at = 0;
  let next = 0;
  // Backtracking to the last star is enough.
  let star = -1;
  let swallowed = 0;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++;
      swallowed = at;
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++swallowed;
    } else {
      return false;
    }
  }
  while (pattern[next] === '*') next++;
  return next === pattern.length;
}
