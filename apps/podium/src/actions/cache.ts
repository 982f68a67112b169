import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { type EntrySummary, openStore, type Store } from '@podium/pipeline';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeSize } from '../terminal/progress.ts';

interface StoreOptions {
  readonly store?: string;
  readonly json?: true;
}

interface CleanOptions extends StoreOptions {
  readonly maxSize?: number;
  readonly maxAge?: number;
  readonly all?: true;
  readonly unpin?: readonly string[];
  readonly dryRun?: true;
}

/** `podium cache list`. */
export async function listCache({ terminal }: CommandContext, options: StoreOptions): Promise<void> {
  const store = await openThere(options.store);
  const [entries, pins] = [await store.list(), await store.pins()];
  const pinned = new Map(pins.flatMap(({ name, keys }) => keys.map((key) => [key, name])));
  const sorted = entries.toSorted((a, b) => b.lastUsedMs - a.lastUsedMs || (a.key < b.key ? -1 : 1));
  if (options.json) {
    terminal.out(
      JSON.stringify(
        sorted.map((entry) => entryJson(entry, pinned)),
        undefined,
        2,
      ),
    );
    return;
  }
  for (const entry of sorted) terminal.out(describeEntry(entry, pinned.get(entry.key)));
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  terminal.out(`${entries.length} results, ${describeSize(total)}, in ${store.folder}`);
}

/** `podium cache verify`. */
export async function verifyCache(
  { terminal, exitWith }: CommandContext,
  options: StoreOptions,
): Promise<void> {
  const store = await openThere(options.store);
  const entries = await store.list();
  const damaged = await store.verify();
  if (options.json) terminal.out(JSON.stringify({ entries: entries.length, damaged }, undefined, 2));
  else {
    const names = new Map(entries.map(({ key, manifest }) => [key, manifest?.instance]));
    for (const { key, damage } of damaged)
      terminal.out(`${key.slice(0, 12)} ${names.get(key) ?? '(unknown)'}: ${damage.join('; ')}`);
    terminal.out(
      damaged.length === 0
        ? `All ${entries.length} results are as they were written.`
        : `${damaged.length} of ${entries.length} results are damaged; the next run makes them again.`,
    );
  }
  if (damaged.length > 0) exitWith(exitCodes.problems);
}

/** `podium cache clean`. */
export async function cleanCache({ terminal }: CommandContext, options: CleanOptions): Promise<void> {
  const { maxSize, maxAge, all, unpin = [], dryRun = false, json } = options;
  if (maxSize === undefined && maxAge === undefined && all === undefined) {
    throw new PodiumError({
      code: 'cache-limit',
      message: 'what should go?',
      expected: ['--max-size', '--max-age', '--all'],
      fix: 'give a limit, such as --max-size 10GB; --dry-run shows what it would remove',
    });
  }
  const store = await openThere(options.store);
  const pins = await store.pins();
  for (const name of unpin) {
    if (!pins.some((pin) => pin.name === name)) {
      throw new PodiumError({
        code: 'cache-pin',
        message: 'nothing is pinned by this name',
        expected: pins.map((pin) => pin.name),
        got: JSON.stringify(name),
      });
    }
    if (!dryRun) await store.unpin(name);
  }
  const collected = await store.collect({
    maxBytes: all ? 0 : maxSize,
    maxAgeMs: maxAge,
    dryRun,
  });
  const { removed, freedBytes, keptBytes, claimedBytes } = collected;
  if (json) {
    const list = removed.map((entry) => entryJson(entry, new Map()));
    terminal.out(
      JSON.stringify({ removed: list, freedBytes, keptBytes, claimedBytes, dryRun }, undefined, 2),
    );
    return;
  }
  for (const entry of removed) terminal.out(describeEntry(entry, undefined));
  const verb = dryRun ? 'Would free' : 'Freed';
  const kept = `${describeSize(keptBytes)} stay, of which ${describeSize(claimedBytes)} pinned or in use`;
  terminal.out(`${verb} ${describeSize(freedBytes)} in ${removed.length} results; ${kept}.`);
  if (dryRun) for (const pin of pins) terminal.out(`Pinned: ${pin.name} (${pin.keys.length} results)`);
}

async function openThere(given: string | undefined): Promise<Store> {
  const folder = resolve(given ?? join('.', '.podium'));
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw new PodiumError({
      code: 'cache-not-found',
      path: { file: folder },
      message: 'there is no store here',
      fix: 'go to the folder of podium.yaml, or name the store: --store FOLDER',
    });
  }
  return await openStore(folder);
}

function describeEntry({ key, manifest, bytes, lastUsedMs }: EntrySummary, pin: string | undefined): string {
  const day = new Date(lastUsedMs).toISOString().slice(0, 16).replace('T', ' ');
  const name = manifest?.instance ?? '(damaged)';
  return `${key.slice(0, 12)}  ${describeSize(bytes).padStart(9)}  ${day}  ${name}${pin === undefined ? '' : `  pinned: ${pin}`}`;
}

function entryJson({ key, manifest, bytes, lastUsedMs }: EntrySummary, pins: ReadonlyMap<string, string>) {
  const { instance = null, durationMs = null } = manifest ?? {};
  return {
    key,
    instance,
    stage: manifest?.stage ?? null,
    bytes,
    lastUsedMs,
    durationMs,
    pinned: pins.get(key) ?? null,
  };
}
