import { expect, test } from 'vitest';
import { createTerminal } from './terminal.ts';

function terminalOn(stderr: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv = {}) {
  const written: string[] = [];
  const screen = { write: (text: string) => void written.push(text) };
  return { written, terminal: createTerminal(screen, { ...screen, ...stderr }, env) };
}

test('a status line is replaced by the next, cleared before other lines, and never wraps', () => {
  const { written, terminal } = terminalOn({ isTTY: true, columns: 10 });
  terminal.status('0123456789abc');
  terminal.status('half');
  terminal.log('a line');
  terminal.print('a result');
  const clear = '\r\u001b[2K';
  expect(written).toEqual([`${clear}012345678`, `${clear}half`, clear, 'a line\n', 'a result\n']);
});

test.each<[string, { isTTY?: boolean; columns?: number }, NodeJS.ProcessEnv]>([
  ['a pipe', {}, {}],
  ['CI', { isTTY: true, columns: 80 }, { CI: 'true' }],
  ['a terminal without a width', { isTTY: true, columns: 0 }, {}],
  ['a dumb terminal', { isTTY: true, columns: 80 }, { TERM: 'dumb' }],
])('%s is not interactive: status lines are not written', (_, stderr, env) => {
  const { written, terminal } = terminalOn(stderr, env);
  terminal.status('half');
  terminal.log('a line');
  expect(terminal.isInteractive).toBe(false);
  expect(written).toEqual(['a line\n']);
});
