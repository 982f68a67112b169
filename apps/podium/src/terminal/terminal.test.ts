import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTerminal } from './terminal.ts';

const clear = '\r\u001b[2K';

function terminalOn(
  stderr: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = {},
  options: Parameters<typeof createTerminal>[3] = {},
) {
  const written: string[] = [];
  const screen = { write: (text: string) => void written.push(text) };
  let clock = 0;
  const now = () => clock;
  const terminal = createTerminal(screen, { ...screen, ...stderr }, env, { now, ...options });
  const wait = async (ms: number): Promise<void> => {
    clock += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  return { written, terminal, wait };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a status line is replaced by the next, cleared before other lines, and never wraps', async () => {
  const { written, terminal, wait } = terminalOn({ isTTY: true, columns: 10 });
  terminal.status('0123456789abc');
  await wait(100);
  terminal.status('half');
  terminal.log('a line');
  terminal.print('a result');
  expect(written).toEqual([`${clear}012345678`, `${clear}half`, clear, 'a line\n', 'a result\n']);
});

test('a status line is redrawn at most ten times a second, and the last one is shown', async () => {
  const { written, terminal, wait } = terminalOn({ isTTY: true, columns: 80 });
  for (let i = 0; i <= 1000; i++) {
    terminal.status(`${i} of 1000`);
    await wait(1);
  }
  await wait(100);
  expect(written.length).toBeLessThanOrEqual(12);
  expect(written[0]).toBe(`${clear}0 of 1000`);
  expect(written.at(-1)).toBe(`${clear}1000 of 1000`);
  terminal.status('one');
  terminal.status('two');
  terminal.status('');
  await wait(1000);
  expect(written.slice(-2)).toEqual([`${clear}1000 of 1000`, clear]);
  // What waits is not shown after other lines: it would stay there.
  terminal.status('one');
  terminal.status('two');
  terminal.log('a line');
  await wait(1000);
  expect(written.slice(-2)).toEqual([clear, 'a line\n']);
});

test('COLUMNS wins over the width of the screen, and wide characters take two columns', async () => {
  const { written, terminal } = terminalOn({ isTTY: true, columns: 80 }, { COLUMNS: '8' });
  terminal.status('마스크 분류');
  expect(written).toEqual([`${clear}마스크 `]);
  expect(terminal.width).toBe(8);
  expect(terminalOn({}, { COLUMNS: 'wide' }).terminal.width).toBeUndefined();
});

test('hints follow the command by which people start Podium, and text for programs does not', () => {
  const { written, terminal } = terminalOn({}, {}, { podium: 'npx podium' });
  terminal.print('Rebuild: podium rebuild a.run.json');
  terminal.log('fix: "podium init" writes settings');
  terminal.printExactly('{"fix":"podium run"}');
  expect(written).toEqual([
    'Rebuild: npx podium rebuild a.run.json\n',
    'fix: "npx podium init" writes settings\n',
    '{"fix":"podium run"}\n',
  ]);
});

test('nothing in a line acts on the screen or begins another line; what Podium does to the screen stays', () => {
  const { written, terminal } = terminalOn({ isTTY: true, columns: 80 });
  terminal.status('a\u001b[2J');
  terminal.print('b\npodium: forged\u009b');
  terminal.log('c\r\u202ed\u0000');
  terminal.printExactly('{\n  "e": "\u0085"\n}');
  expect(written).toEqual([
    `${clear}a\\u001b[2J`,
    clear,
    'b\\npodium: forged\\u009b\n',
    'c\\r\\u202ed\\u0000\n',
    '{\n  "e": "\\u0085"\n}\n',
  ]);
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
