import { expect, test } from 'vitest';
import { makeTerminal } from './terminal.ts';

function screens(stderr: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv = {}) {
  const written: string[] = [];
  const screen = { write: (text: string) => void written.push(text) };
  return { written, terminal: makeTerminal(screen, { ...screen, ...stderr }, env) };
}

test('a status line is replaced by the next and cleared before anything else, and never wraps', () => {
  const { written, terminal } = screens({ isTTY: true, columns: 10 });
  terminal.status('0123456789abc');
  terminal.status('half');
  terminal.say('a line');
  terminal.out('a result');
  const clear = '\r\u001b[2K';
  expect(written).toEqual([`${clear}012345678`, `${clear}half`, clear, 'a line\n', 'a result\n']);
});

test.each<[string, { isTTY?: boolean; columns?: number }, NodeJS.ProcessEnv]>([
  ['a pipe', {}, {}],
  ['CI', { isTTY: true, columns: 80 }, { CI: 'true' }],
  ['a terminal of no width', { isTTY: true, columns: 0 }, {}],
  ['a dumb terminal', { isTTY: true, columns: 80 }, { TERM: 'dumb' }],
])('nobody watches %s, so nothing is written twice', (_, stderr, env) => {
  const { written, terminal } = screens(stderr, env);
  terminal.status('half');
  terminal.say('a line');
  expect(terminal.isWatched).toBe(false);
  expect(written).toEqual(['a line\n']);
});
