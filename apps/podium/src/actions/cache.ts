import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { describeBytes } from '@podium/engine/install';
import { type EntrySummary, openStore, type Store } from '@podium/pipeline';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { countOf } from '../terminal/format.ts';
import { printJson } from '../terminal/terminal.ts';

interface StoreOptions {
  readonly store?: string;
  readonly json?: true;
}

interface CleanOptions extends StoreOptions {
  /** In bytes. */
  readonly maxSize?: number;
  /** In milliseconds. */
  readonly maxAge?: number;
  readonly all?: true;
  readonly unpin?: readonly string[];
  readonly dryRun?: true;
}

/** `podium cache list`. */
export async function listCache({ terminal }: CommandContext, options: StoreOptions): Promise<void> {
  const store = await openExistingStore(options.store);
  const [entries, pins] = [await store.list(), await store.pins()];
  const pinOf = new Map(pins.flatMap(({ name, keys }) => keys.map((key) => [key, name])));
  const sorted = entries.toSorted((a, b) => b.lastUsedMs - a.lastUsedMs || (a.key < b.key ? -1 : 1));
  if (options.json) {
    printJson(
      terminal,
      sorted.map((entry) => entryJson(entry, pinOf)),
    );
    return;
  }
  for (const entry of sorted) terminal.print(describeEntry(entry, pinOf.get(entry.key)));
  const totalBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  terminal.print(`${countOf(entries.length, 'result')}, ${describeBytes(totalBytes)}, in ${store.folder}`);
}

/** `podium cache verify`. */
export async function verifyCache(
  { terminal, setExitCode }: CommandContext,
  options: StoreOptions,
): Promise<void> {
  const store = await openExistingStore(options.store);
  const entries = await store.list();
  const damaged = await store.verify();
  if (options.json) printJson(terminal, { entries: entries.length, damaged });
  else {
    const names = new Map(entries.map(({ key, manifest }) => [key, manifest?.instance]));
    for (const { key, damage } of damaged)
      terminal.print(`${key.slice(0, 12)} ${names.get(key) ?? '(unknown)'}: ${damage.join('; ')}`);
    terminal.print(
      damaged.length === 0
        ? `No damage found in ${countOf(entries.length, 'result')}.`
        : `${damaged.length} of ${countOf(entries.length, 'result')} damaged; the next run recomputes them.`,
    );
  }
  if (damaged.length > 0) setExitCode(exitCodes.problems);
}

/** `podium cache clean`. */
export async function cleanCache({ terminal }: CommandContext, options: CleanOptions): Promise<void> {
  const { maxSize, maxAge, all, unpin = [], dryRun = false, json } = options;
  if (maxSize === undefined && maxAge === undefined && all === undefined) {
    throw new PodiumError({
      code: 'cache-limit',
      message: 'no limit is given',
      expected: ['--max-size', '--max-age', '--all'],
      fix: 'give one, such as --max-size 10GB; --dry-run prints what it would remove',
    });
  }
  const store = await openExistingStore(options.store);
  const pins = await store.pins();
  for (const name of unpin) {
    if (!pins.some((pin) => pin.name === name)) {
      throw new PodiumError({
        code: 'cache-pin',
        message: 'unknown pin',
        expected: pins.map((pin) => pin.name),
        got: JSON.stringify(name),
      });
    }
    if (!dryRun) await store.unpin(name);
  }
  const { removed, freedBytes, keptBytes, claimedBytes } = await store.collect({
    maxBytes: all ? 0 : maxSize,
    maxAgeMs: maxAge,
    dryRun,
  });
  if (json) {
    const entries = removed.map((entry) => entryJson(entry, new Map()));
    printJson(terminal, { removed: entries, freedBytes, keptBytes, claimedBytes, dryRun });
    return;
  }
  for (const entry of removed) terminal.print(describeEntry(entry, undefined));
  const verb = dryRun ? 'Would free' : 'Freed';
  const kept = `${describeBytes(keptBytes)} kept, ${describeBytes(claimedBytes)} of it pinned or in use`;
  terminal.print(`${verb} ${describeBytes(freedBytes)} in ${countOf(removed.length, 'result')}; ${kept}.`);
  if (dryRun)
    for (const { name, keys } of pins) terminal.print(`Pinned: ${name} (${countOf(keys.length, 'result')})`);
}

async function openExistingStore(path = '.podium'): Promise<Store> {
  const folder = resolve(path);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw new PodiumError({
      code: 'cache-not-found',
      path: { file: folder },
      message: 'there is no store here',
      fix: 'change to the folder of podium.yaml, or name the store: --store FOLDER',
    });
  }
  return await openStore(folder);
}

function describeEntry({ key, manifest, bytes, lastUsedMs }: EntrySummary, pin: string | undefined): string {
  const lastUsed = new Date(lastUsedMs).toISOString().slice(0, 16).replace('T', ' ');
  const name = manifest?.instance ?? '(damaged)';
  return `${key.slice(0, 12)}  ${describeBytes(bytes).padStart(9)}  ${lastUsed}  ${name}${pin === undefined ? '' : `  pinned: ${pin}`}`;
}

function entryJson({ key, manifest, bytes, lastUsedMs }: EntrySummary, pinOf: ReadonlyMap<string, string>) {
  const { instance = null, durationMs = null } = manifest ?? {};
  return {
    key,
    instance,
    stage: manifest?.stage ?? null,
    bytes,
    lastUsedMs,
    durationMs,
    pinned: pinOf.get(key) ?? null,
  };
}
