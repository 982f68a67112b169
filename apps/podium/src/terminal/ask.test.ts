import { expect, test, vi } from 'vitest';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { confirm, fetchOf, trustOf } from './ask.ts';

const answers: string[] = [];
const asked: { message: string; options: { label: string }[]; initialValue: string }[] = [];
vi.mock('@clack/prompts', () => ({
  isCancel: (answer: unknown) => answer === undefined,
  select: async (question: (typeof asked)[number]) => {
    asked.push(question);
    return answers.shift();
  },
}));

function context({ isInteractive = true } = {}) {
  const terminal = recordingTerminal({ isInteractive });
  return { terminal, signal: new AbortController().signal };
}

const code = [{ file: '/p/stage.ts', sha256: 'a'.repeat(64) }];
const request = { folder: '/p', code, outside: [], isOfFolder: true };

test('without a terminal nobody is asked, and nothing is trusted, downloaded or confirmed', async () => {
  const silent = context({ isInteractive: false });
  expect(trustOf(silent, undefined)).toBe(false);
  expect(trustOf(silent, true)).toBe(true);
  const fetch = fetchOf(silent, undefined) as (missing: []) => Promise<boolean>;
  expect(await fetch([])).toBe(false);
  expect(fetchOf(silent, true)).toBe(true);
  expect(asked).toEqual([]);
});

test('on a terminal it is shown what would run, and the safe answer comes first', async () => {
  process.stdin.isTTY = true;
  const asking = context();
  const trust = trustOf(asking, undefined) as Exclude<ReturnType<typeof trustOf>, boolean>;
  answers.push('no', 'once');
  expect(await trust(request)).toBe('no');
  expect(asking.terminal.logged.join('\n')).toContain('runs /p/stage.ts (SHA-256 aaaaaaaaaaaa)');
  expect(asked[0]).toMatchObject({ initialValue: 'no' });
  expect(asked[0]!.options.map(({ label }) => label)).toEqual([
    'No',
    'Yes, this time',
    'Yes, until the code changes',
    'Always in this folder',
  ]);
  expect(await trust(request)).toBe('once');
  expect(await trust({ ...request, outside: ['data: /elsewhere'] })).toBe('once');
  expect(asked).toHaveLength(2);
  // Another project is another question; Ctrl-C is no.
  answers.push(undefined as never);
  expect(await trust({ folder: '/q', code: [], outside: ['data: /elsewhere'], isOfFolder: false })).toBe(
    'no',
  );
  expect(asked[2]!.options.map(({ label }) => label)).toEqual(['No', 'Yes, this time']);
  answers.push('yes', 'no');
  expect(await confirm(asking, 'Send it?')).toBe(true);
  expect(await confirm(asking, 'Send it?')).toBe(false);
});
