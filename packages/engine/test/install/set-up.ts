import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { installWith } from '../../src/install/install.ts';
import type { Attempt, InstallEvent, InstallOptions, InstallResult } from '../../src/install/types.ts';
import { fakeAddon } from './fake-addon.ts';
import { FAKE_VERSION, type Sandbox } from './fake-tensorflow.ts';

/** One installation in a sandbox, with its events. */
export async function setUp(
  sandbox: Sandbox,
  options: InstallOptions = {},
): Promise<InstallResult & { readonly events: readonly InstallEvent[] }> {
  const events: InstallEvent[] = [];
  const result = await installWith([fakeAddon], {
    env: sandbox.env,
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { ...result, events };
}

/** Expects that an installation works now, and leaves only complete entries. */
export async function expectSound(sandbox: Sandbox): Promise<InstallResult> {
  const result = await setUp(sandbox);
  expect(result.library?.tensorflowVersion, JSON.stringify(result.attempts)).toBe(FAKE_VERSION);
  expect(loads(result)).toBe(FAKE_VERSION);
  expect(leftovers(sandbox)).toEqual([]);
  return result;
}

const VERSION_SCRIPT = 'process.stdout.write(require(process.argv[1]).TF_Version)';

/** Loads an installed TensorFlow in another process, because a process can load only one, and returns its version. */
export function loads({ library }: InstallResult): string {
  return execFileSync(process.execPath, ['-e', VERSION_SCRIPT, library?.bindingPath ?? ''], {
    encoding: 'utf8',
  });
}

/** Everything in the cache except complete entries and the folder of addons. */
export function leftovers({ cache }: Sandbox): string[] {
  const names = [cache, `${cache}/addons`].flatMap((folder) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  });
  return names.filter((name) => name.startsWith('.') || name.endsWith('.damaged'));
}

/** The attempts at one source, as `outcome: reason`. */
export function attemptsAt(source: Attempt['source'], { attempts }: InstallResult): string[] {
  return attempts
    .filter((attempt) => attempt.source === source)
    .map(({ outcome, reason }) => `${outcome}: ${reason}`);
}
