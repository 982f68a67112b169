import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Omission } from '@podium/core';
import { type Head, type ManifestRow, rowState, writePatch } from '@podium/dataset';
import { expect, onTestFinished, test } from 'vitest';
import { leftOut } from './left-out.ts';

const HEADS: readonly Head[] = [
  { name: 'label', task: 'single-label', classes: ['a', 'b'] },
  { name: 'constructor', task: 'single-label', classes: ['x', 'y'] },
];

interface Given {
  /** Rows with all labels, rows without a label of the second head, and rows without an image or a label. */
  readonly whole: number;
  readonly partly?: number;
  readonly missing?: number;
  /** Rows that the patch drops, by reason. */
  readonly dropped?: Readonly<Record<string, number>>;
  readonly data?: {
    readonly leaveOut?: number;
    readonly accept?: readonly string[];
    readonly patch?: string;
  };
}

async function attempt({ whole, partly = 0, missing = 0, dropped = {}, data = {} }: Given) {
  const folder = mkdtempSync(join(tmpdir(), 'podium-left-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const rows = Array.from(
    { length: whole + partly },
    (_, i): ManifestRow => ({
      id: `r${i}`,
      image: { kind: 'file', path: `r${i}.png` },
      labels: i < whole ? { label: 'a', constructor: 'x' } : { label: 'b' },
      weight: 1,
      provenance: { kind: 'true' },
    }),
  );
  const entries = Object.entries(dropped).flatMap(([reason, count]) =>
    Array.from({ length: count }, (_, i) => {
      const id = `d${reason}${i}`;
      return { action: 'drop' as const, id, old: rowState({ ...rows[0]!, id }), reason };
    }),
  );
  const patch = join(folder, 'patch.json');
  await writePatch(patch, {
    entries: [...entries, { ...entries[0]!, split: 'test' as const, id: 't' }].filter(
      ({ old }) => old !== undefined,
    ),
  });
  const omissions: Omission[] =
    missing === 0
      ? []
      : [
          {
            what: 'training rows',
            count: missing,
            of: whole + partly + missing,
            reason: 'their image is missing',
            examples: ['train.csv:2 "m"'],
          },
        ];
  const settings = { data: { folder: 'data', accept: [], patch: 'auto', ...data } };
  return await leftOut(
    settings as never,
    { heads: HEADS, format: { omissions } as never },
    { train: { rows }, patch },
    HEADS.map(({ name }) => name),
  );
}

test.each<[string, Given, number | undefined]>([
  ['nothing is left out', { whole: 60 }, undefined],
  ['one of twenty', { whole: 19, missing: 1 }, undefined],
  ['one of ten', { whole: 9, missing: 1 }, undefined],
  ['one of nine', { whole: 8, missing: 1 }, 1],
  ['four of 45, as few rows may be a larger share', { whole: 41, missing: 4 }, undefined],
  ['six of 60', { whole: 54, missing: 6 }, 6],
  ['five of 100', { whole: 95, missing: 5 }, undefined],
  ['six of 100', { whole: 94, missing: 6 }, 6],
  ['most', { whole: 5, missing: 31 }, 31],
  ['labels of one head', { whole: 50, partly: 10 }, 10],
  ['rows that the patch drops', { whole: 50, dropped: { 'exact-duplicates: the same': 10 } }, 10],
  [
    'a few for each of several reasons',
    { whole: 180, partly: 5, missing: 5, dropped: { 'truncated-images: cut off': 5 } },
    15,
  ],
  ['what the settings allow', { whole: 50, partly: 10, data: { leaveOut: 0.2 } }, undefined],
  ['more than the settings allow', { whole: 50, partly: 10, data: { leaveOut: 0.1 } }, 10],
  ['none, by the settings', { whole: 99, missing: 1, data: { leaveOut: 0 } }, 1],
  ['rare classes, which settings drop', { whole: 50, dropped: { 'rare-classes: too few': 10 } }, undefined],
  [
    'damaged images, which settings accept',
    { whole: 50, dropped: { 'truncated-images: cut off': 10 }, data: { accept: ['truncated-images'] } },
    undefined,
  ],
  [
    'a patch of your own',
    { whole: 50, dropped: { 'wrong label': 10 }, data: { patch: 'patch.json' } },
    undefined,
  ],
])('%s', async (_, given, count) => {
  const { assertFew, omissions } = await attempt(given);
  const said = omissions.reduce((sum, omission) => sum + omission.count, 0);
  const dropped = Object.values(given.dropped ?? {}).reduce((sum, own) => sum + own, 0);
  // The layout tells what it leaves out itself.
  expect(said).toBe((given.partly ?? 0) + dropped);
  if (count === undefined) {
    assertFew();
    return;
  }
  const of = given.whole + (given.partly ?? 0) + (given.missing ?? 0) + dropped;
  expect(assertFew).toThrow(
    expect.objectContaining({
      code: 'data-left-out',
      message: expect.stringMatching(
        new RegExp(`^data: ${count} of ${of} training rows would be left out: `),
      ),
    }),
  );
  expect(assertFew).toThrow(/set data\.leaveOut: (0\.\d+|1) to train without these rows/);
});
