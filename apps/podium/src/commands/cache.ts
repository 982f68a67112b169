import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import type { EntrySummary, Store } from '@podium/pipeline';
import { exitCodes } from '../exit-codes.ts';
import { age, byteSize } from '../options.ts';
import { describeSize } from '../terminal/progress.ts';
import type { AddCommand, CommandContext } from './context.ts';

const STORE = 'the store; default: .podium in this folder';

export const addCache: AddCommand = (program, context) => {
  const { terminal } = context;
  const cache = program.command('cache').description('what is kept of runs, so that nothing is made twice');
  cache
    .command('list')
    .description('list what is kept, the last used first')
    .option('--store <folder>', STORE)
    .option('--json', 'print one JSON list')
    .addHelpText(
      'after',
      `
Exit codes:
  ${exitCodes.ok}  it was printed
  ${exitCodes.failed}  there is no store

Examples:
  podium cache list
  podium cache list --store masks/.podium --json`,
    )
    .action(async (options) => {
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
    });
  cache
    .command('verify')
    .description('read every byte that is kept, and name what is not as it was written')
    .option('--store <folder>', STORE)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Nothing is removed: a run makes damaged results again by itself.

Exit codes:
  ${exitCodes.ok}  everything is as it was written
  ${exitCodes.failed}  there is no store
  ${exitCodes.problems}  some results are damaged

Examples:
  podium cache verify`,
    )
    .action(async (options) => {
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
      if (damaged.length > 0) context.exitWith(exitCodes.problems);
    });
  cache
    .command('clean')
    .description('remove results that are old or too large together, the least recently used first')
    .option('--store <folder>', STORE)
    .option('--max-size <size>', 'keep at most this much: 500MB, 10GB', byteSize)
    .option('--max-age <age>', 'remove what was not used for longer: 12h, 30d, 4w', age)
    .option('--all', 'remove everything that no submission or training is pinned to')
    .option(
      '--unpin <run...>',
      'let go of runs first, by the names that "podium cache clean --dry-run" prints',
    )
    .option('--dry-run', 'only say what would go')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
What submissions and trainings were made of is pinned, and stays whatever its age; so does what a
process is at work with. Everything that goes can be made again.

Exit codes:
  ${exitCodes.ok}  it is clean
  ${exitCodes.failed}  there is no store, or it cannot be written to

Examples:
  podium cache clean --max-size 10GB --max-age 30d --dry-run
  podium cache clean --all --unpin masks/good-1a2b3c4d`,
    )
    .action(async (options) => await clean(context, options));
};

async function clean(
  { terminal }: CommandContext,
  options: {
    readonly store?: string | undefined;
    readonly maxSize?: number | undefined;
    readonly maxAge?: number | undefined;
    readonly all?: true | undefined;
    readonly unpin?: string[] | undefined;
    readonly dryRun?: true | undefined;
    readonly json?: true | undefined;
  },
): Promise<void> {
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
    ...(all ? { maxBytes: 0 } : maxSize !== undefined && { maxBytes: maxSize }),
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
  const { openStore } = await import('@podium/pipeline');
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
