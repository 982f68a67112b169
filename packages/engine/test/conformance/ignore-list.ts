import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * The specs that tfjs-node itself leaves out when it runs the core suite, as parts of their full names. Read from the
 * text of its `run_tests.js`, which cannot be loaded without starting its own run; what it adds on Windows is not
 * taken.
 */
export function readIgnoreList(): readonly string[] {
  const file = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/dist/run_tests.js');
  return parseIgnoreList(readFileSync(file, 'utf8'));
}

/**
 * Parses `var IGNORE_LIST = [ ... ];` where every line is one quoted string or a comment.
 *
 * @throws Error for anything else in the list, rather than running the wrong specs
 */
export function parseIgnoreList(source: string): readonly string[] {
  const lists = [...source.matchAll(/^var IGNORE_LIST = \[\n([\s\S]*?)\n\];$/gm)];
  const body = lists[0]?.[1];
  if (body === undefined || lists.length > 1)
    throw new Error(`expected one IGNORE_LIST, found ${lists.length}`);
  return body.split('\n').flatMap((line) => {
    const text = line.trim();
    if (text.startsWith('//')) return [];
    const part = /^'([^'\\]+)',?$/.exec(text)?.[1];
    if (part === undefined)
      throw new Error(`IGNORE_LIST: expected a quoted string or a comment, got ${text}`);
    return [part];
  });
}
