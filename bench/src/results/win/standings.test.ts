import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { standingsOf, standingsTable } from './standings.ts';

const LABELS = ['cat', 'dog', 'owl'];
/** Eight groups of three images, one of each class. */
const ANSWERS = Array.from({ length: 24 }, (_, i) => ({
  id: `img${i}`,
  label: LABELS[i % 3]!,
  group: `g${Math.floor(i / 3)}`,
}));

/** Writes answers, and a submission per function from the row's number to its label. */
function writeFiles(submissions: readonly ((i: number) => string)[]) {
  const folder = mkdtempSync(join(tmpdir(), 'podium-win-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, lines: readonly string[]) => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
    return join(folder, name);
  };
  const answers = write('answers.csv', [
    'id,label,group',
    ...ANSWERS.map(({ id, label, group }) => `${id},${label},${group}`),
  ]);
  const entries = submissions.map((labelOf, k) => {
    // The order of a submission must not matter.
    const rows = ANSWERS.map(({ id }, i) => `${id},${labelOf(i)}`).toReversed();
    return {
      csv: write(`${k}.csv`, ['id,label', ...rows]),
      ...{ seconds: 10 * (k + 1), cpuSeconds: 20, peakBytes: 1 },
    };
  });
  return { answers, entries };
}

const right = (i: number) => LABELS[i % 3]!;
/** Wrong in every image of two groups. */
const wrongTwice = (i: number) => (i < 6 ? LABELS[(i + 1) % 3]! : right(i));
const wrongOften = (i: number) => (i < 18 ? LABELS[(i + 1) % 3]! : right(i));

test('scores are macro F1 on the answers, with intervals by group and the lead of the first', async () => {
  const { answers, entries } = writeFiles([right, wrongTwice, wrongOften]);
  const contestants = ['podium', 'near', 'far'].map((name, k) => ({ name, entries: [entries[k]!] }));
  const [podium, near, far] = await standingsOf(contestants, answers);
  expect(podium).toMatchObject({ name: 'podium', seeds: [1], seconds: 10, cpuSeconds: 20, lead: undefined });
  expect(podium?.score.estimate).toBe(1);
  // Each class is right in 6 of 8, and as often predicted as it is true.
  expect(near?.score.estimate).toBeCloseTo(0.75, 12);
  expect(near?.lead?.estimate).toBeCloseTo(0.25, 12);
  expect(far?.lead?.estimate).toBeCloseTo(0.75, 12);
  expect(far?.lead?.withinNoise).toBe(false);
  // Groups are right or wrong as a whole: six of eight, resampled, is far from certain.
  expect(near!.score.high - near!.score.low).toBeGreaterThan(0.4);
});

test('a contestant that predicts the same is within noise, by exactly nothing', async () => {
  const { answers, entries } = writeFiles([wrongTwice, wrongTwice]);
  const contestants = ['podium', 'peer'].map((name, k) => ({ name, entries: [entries[k]!] }));
  const [, peer] = await standingsOf(contestants, answers);
  expect(peer?.lead).toMatchObject({ estimate: 0, low: 0, high: 0, withinNoise: true });
});

test('seeds are scored one by one and together; groups stay whole over seeds', async () => {
  const { answers, entries } = writeFiles([wrongTwice, wrongOften, wrongTwice]);
  const contestants = [
    { name: 'podium', entries: entries.slice(0, 2) },
    { name: 'peer', entries: [entries[2]!, entries[2]!] },
  ];
  const [podium, peer] = await standingsOf(contestants, answers);
  expect(podium?.seeds.map((score) => Number(score.toFixed(9)))).toEqual([0.75, 0.25]);
  expect(podium?.score.estimate).toBeCloseTo(0.5, 12);
  expect(podium?.seconds).toBe(15);
  // The same submission twice is no more certain than once.
  const [once] = await standingsOf([{ name: 'peer', entries: [entries[2]!] }], answers);
  expect(peer?.score).toEqual(once?.score);
});

test('classes that only a submission has count as wrong, and other ids are an error', async () => {
  const { answers, entries } = writeFiles([(i) => (i === 0 ? 'emu' : right(i))]);
  const [only] = await standingsOf([{ name: 'podium', entries }], answers);
  expect(only?.score.estimate).toBeLessThan(1);
  writeFileSync(entries[0]!.csv, 'id,label\nimg0,cat\n');
  await expect(standingsOf([{ name: 'podium', entries }], answers)).rejects.toThrow(
    /other ids than the answers.*"img1" in one of them only/s,
  );
});

test('the table names those that were skipped', async () => {
  const { answers, entries } = writeFiles([right, wrongTwice]);
  const contestants = ['podium', 'peer'].map((name, k) => ({ name, entries: [entries[k]!] }));
  const table = standingsTable(await standingsOf(contestants, answers), ['other: skipped, no torch']);
  const lines = table.split('\n');
  expect(lines[0]).toBe('| contestant | macro F1 | by seed | s | CPU s | podium leads by |');
  expect(lines[2]).toMatch(/^\| podium \| 1\.000 \[0\.\d{3}, 1\.000\] \| 1\.000 \| 10 \| 20 \| {2}\|$/);
  expect(lines[3]).toMatch(/^\| peer \| 0\.750 \[.*\] \| 0\.750 \| 20 \| 20 \| 0\.250 \[.*\].* \|$/);
  expect(lines[4]).toBe('| other: skipped, no torch |  |  |  |  |  |');
  expect(new Set(lines.map((line) => line.split('|').length))).toEqual(new Set([8]));
});
