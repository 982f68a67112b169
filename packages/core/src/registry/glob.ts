/** Whether `text` matches `pattern` as a whole: `*` stands for any run of characters, `?` for one. Case counts. */
export function matchesGlob(text: string, pattern: string): boolean {
  let at = 0;
  let wanted = 0;
  // The last star and the text it has swallowed so far: going back to it alone is enough, so time is at most n * m.
  let star = -1;
  let swallowed = 0;
  while (at < text.length) {
    if (pattern[wanted] === '*') {
      star = wanted++;
      swallowed = at;
    } else if (pattern[wanted] === '?' || pattern[wanted] === text[at]) {
      wanted++;
      at++;
    } else if (star >= 0) {
      wanted = star + 1;
      at = ++swallowed;
    } else {
      return false;
    }
  }
  while (pattern[wanted] === '*') wanted++;
  return wanted === pattern.length;
}
