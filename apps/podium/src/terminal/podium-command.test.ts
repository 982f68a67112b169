import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { afterAll, expect, test } from 'vitest';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { commands } from '../commands/index.ts';
import { podiumCommand, withCommand } from './podium-command.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-command-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const checkout = join(folder, 'checkout');
const bin = join(checkout, 'podium.js');
mkdirSync(join(folder, 'bin'));
mkdirSync(checkout);
writeFileSync(bin, '');
symlinkSync(bin, join(folder, 'bin', 'podium'));

test.each<[string, NodeJS.ProcessEnv, cwd: string, checkout: string | undefined, command: string]>([
  ['installed', { PATH: `/bin:${join(folder, 'bin')}` }, '/', undefined, 'podium'],
  ['another podium on the path', { PATH: '/bin' }, '/', undefined, `node ${bin}`],
  ['in the checkout', { PATH: '/bin' }, join(checkout, 'data'), checkout, 'npx podium'],
  ['outside the checkout', { PATH: '/bin' }, '/', checkout, `node ${bin}`],
  [
    'by npx, which extends the path',
    { PATH: join(folder, 'bin'), npm_lifecycle_event: 'npx' },
    '/',
    checkout,
    'npx podium',
  ],
  ['by a script of the checkout', { npm_lifecycle_event: 'podium' }, checkout, checkout, 'npm run podium --'],
  ['by npm start', { npm_lifecycle_event: 'start' }, checkout, checkout, 'npx podium'],
  ['by your own script', { npm_lifecycle_event: 'train' }, '/', undefined, 'npx podium'],
])('%s', (_, env, cwd, root, command) => {
  expect(podiumCommand({ env, cwd, bin, checkout: root })).toBe(command);
});

test('a path with spaces is quoted', () => {
  const file = '/my programs/podium.js';
  expect(podiumCommand({ env: {}, cwd: '/', bin: file, checkout: undefined })).toBe(`node "${file}"`);
});

test('hints name the command, and other texts stay', () => {
  const change = (text: string) => withCommand(text, 'npx podium');
  expect(change('fix: "podium init" writes it; podium runs list')).toBe(
    'fix: "npx podium init" writes it; npx podium runs list',
  );
  for (const text of [
    'podium: accuracy',
    'the podium running',
    '/a/podium run',
    'my-podium run',
    '@podium run',
  ])
    expect(change(text)).toBe(text);
});

test('a hint for every command is recognized', () => {
  const program = new Command('podium');
  const context = {
    terminal: recordingTerminal(),
    signal: new AbortController().signal,
    setExitCode: () => {},
    markResumable: () => {},
  };
  for (const addCommand of commands) addCommand(program, context);
  for (const command of program.commands.map((each) => each.name()).filter((name) => name !== 'complete'))
    expect(withCommand(`podium ${command}`, 'npx podium')).toBe(`npx podium ${command}`);
});
