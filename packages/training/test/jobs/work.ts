// What jobs of the tests do, in processes of their own.
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import type { FoldArgument, FoldResult, JobContext } from '../../src/jobs/index.ts';

export function double({ value }: { value: Float32Array }, { report }: JobContext): Float32Array {
  report('half-way');
  return value.map((each) => 2 * each);
}

export function refuse(): never {
  throw new PodiumError({ code: 'test-refusal', message: 'no', fix: 'ask again' });
}

export function killItself(): void {
  process.kill(process.pid, 'SIGKILL');
}

export function abort(): void {
  process.abort();
}

/** Fills the heap until V8 gives up. */
export function fillHeap(): number {
  const all: number[][] = [];
  for (;;) all.push(Array.from({ length: 100_000 }, (_, i) => i + 0.5));
}

export async function wait(_: unknown, { signal, report }: JobContext): Promise<string> {
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  report('waiting');
  await aborted;
  return 'stopped gracefully';
}

export function hang(): Promise<never> {
  setInterval(() => {}, 1000);
  return new Promise(() => {});
}

/** Takes memory by the batch, and is killed by a system that has 100 units. */
export function trainSteps({ batchSize }: { batchSize: number }): void {
  if (batchSize > 100) killItself();
}

/** Two images a fold; fold 1 crashes the first time, fold 2 always. */
export function fold({ fold, seed, folder, settings }: FoldArgument): FoldResult {
  const { crash } = settings as { crash: boolean };
  const isSecond = existsSync(join(folder, 'started'));
  appendFileSync(join(folder, 'started'), 'x');
  if (crash && ((fold === 1 && !isSecond) || fold === 2)) killItself();
  const parts = (ids: string[]) => ({
    ids,
    classes: ['cat', 'dog'],
    values: Float32Array.of(0.25, 0.75, 0.5, 0.5),
    kind: 'probabilities' as const,
  });
  return {
    scores: { accuracy: 0.8 + fold / 100 + (seed === 'b' ? 0.02 : 0) },
    outOfFold: { label: parts([`${fold}-a`, `${fold}-b`]) },
    test: { label: parts(['t1', 't2']) },
  };
}
