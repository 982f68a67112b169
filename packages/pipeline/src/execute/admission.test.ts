import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Needs } from '../stage/stage.ts';
import { Admission } from './admission.ts';

const never = new AbortController().signal;

/** An admission that records who entered. */
function door(): {
  ask: (name: string, needs: Needs, signal?: AbortSignal) => Promise<() => void>;
  inside: string[];
} {
  const admission = new Admission({ cores: 4, memoryBytes: 1000 });
  const inside: string[] = [];
  return {
    inside,
    ask: async (name, needs, signal = never) => {
      const leave = await admission.enter(needs, signal);
      inside.push(name);
      return leave;
    },
  };
}

test('admits while cores and memory last, in order; a job that is too large gets everything', async () => {
  const { ask, inside } = door();
  const a = ask('a', { cores: 2, memoryBytes: 500 });
  const b = ask('b', { cores: 1, memoryBytes: 600 });
  void ask('c', { cores: 1, memoryBytes: 1 });
  await turn();
  // c would fit, but b was first.
  expect(inside).toEqual(['a']);
  (await a)();
  await turn();
  expect(inside).toEqual(['a', 'b', 'c']);
  const d = ask('d', { cores: 'all', memoryBytes: 1e12 });
  (await b)();
  await turn();
  expect(inside).not.toContain('d');
  expect(d).toBeInstanceOf(Promise);
});

test('a canceled job makes room for those behind it', async () => {
  const { ask, inside } = door();
  void ask('a', { cores: 3, memoryBytes: 1 });
  const stop = new AbortController();
  const b = ask('b', { cores: 2, memoryBytes: 1 }, stop.signal);
  void ask('c', { cores: 1, memoryBytes: 1 });
  stop.abort(new Error('enough'));
  await expect(b).rejects.toThrow('enough');
  await turn();
  expect(inside).toEqual(['a', 'c']);
});

test('leaving twice frees resources once', async () => {
  const { ask, inside } = door();
  const leave = await ask('a', { cores: 4, memoryBytes: 1 });
  leave();
  leave();
  void ask('b', { cores: 4, memoryBytes: 1 });
  void ask('c', { cores: 1, memoryBytes: 1 });
  await turn();
  expect(inside).toEqual(['a', 'b']);
});
