import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Addon } from '../../src/install/addons.ts';
import { installWith } from '../../src/install/install.ts';
import type { InstallEvent } from '../../src/install/types.ts';
import { fakeAddon } from './fake-addon.ts';
import { makeSandbox } from './fake-tensorflow.ts';
import { leftovers, loads } from './set-up.ts';

test.each([
  ['does not compile', 'this is no C++\n', /could not compile podium_extra .*; Podium works without it/],
  [
    'does not suit this CPU',
    '#include <csignal>\nstatic int stop = std::raise(SIGILL);\n',
    /^podium_extra: .* lacks instructions .*; Podium works without it/,
  ],
])('an optional addon that %s is left out, and the rest works', async (_, source, reason) => {
  const sandbox = makeSandbox();
  const sourceFolder = join(sandbox.folder, 'extra');
  mkdirSync(sourceFolder);
  writeFileSync(join(sourceFolder, 'extra.cc'), source);
  const extra: Addon = {
    name: 'podium_extra',
    version: '1.0.0',
    sourceFolder,
    sources: ['extra.cc'],
    optional: true,
  };
  const events: InstallEvent[] = [];
  const install = async () =>
    await installWith([fakeAddon, extra], { env: sandbox.env, onEvent: (event) => void events.push(event) });
  const result = await install();
  expect(Object.keys(result.library?.addons ?? {})).toEqual(['tfjs_binding']);
  expect(events).toContainEqual({
    type: 'attempt',
    attempt: { source: 'compiler', outcome: 'failed', reason: expect.stringMatching(reason) },
  });
  loads(result);
  expect(leftovers(sandbox)).toEqual([]);
  // It is not tried again at every start.
  const count = events.length;
  expect((await install()).library?.source).toBe('cache');
  expect(events).toHaveLength(count);
});
