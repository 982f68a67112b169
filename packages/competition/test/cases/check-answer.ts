import Papa from 'papaparse';
import { expect } from 'vitest';
import type { Answer } from './answer.ts';
import type { Right } from './case.ts';

/** Expects what is right, in an order in which the first difference explains the others. */
export function checkAnswer(found: Answer, right: Right): void {
  if (right.refused !== undefined) {
    expect(found.refused, `refused; told:\n${found.told}`).toBeDefined();
    for (const pattern of [right.refused].flat()) expect(found.refused).toMatch(pattern);
    return;
  }
  expect(found.refused).toBeUndefined();
  for (const [head, classes] of Object.entries(right.classes ?? {}))
    expect(found.heads.find(({ name }) => name === head)?.classes, `classes of ${head}`).toEqual(classes);
  if (right.rows !== undefined) expect(found.train).toHaveLength(right.rows);
  for (const pattern of right.told ?? []) expect(found.told).toMatch(pattern);
  for (const pattern of right.untold ?? []) expect(found.told).not.toMatch(pattern);
  expect(mixedLooks(found), 'rows labeled unlike those that look the same').toEqual([]);
  if (right.header !== undefined) expect(found.csv?.split('\n')[0]).toBe(right.header);
  if (right.submission !== undefined)
    expect(cellsOf(found.csv ?? '', right.submission)).toEqual(right.submission);
}

/** Training rows whose image has the color of another class: the wrong file, or the wrong label. */
function mixedLooks({ train }: Answer): string[] {
  const labels = new Map<string, string>();
  return train.flatMap((row) => {
    const sorted = Object.entries(row.labels).map(([head, label]) => [head, ...[label].flat().sort()]);
    const own = JSON.stringify([sorted, row.softLabels]);
    const first = labels.get(row.looks) ?? own;
    labels.set(row.looks, first);
    return first === own ? [] : [`${row.id}: ${own}, not ${first}`];
  });
}

/** The rows, with numbers rounded where numbers are expected. */
function cellsOf(csv: string, expected: NonNullable<Right['submission']>): (string | number)[][] {
  const { data } = Papa.parse<string[]>(csv.replace(/^\ufeff/, ''), { skipEmptyLines: true });
  return data
    .slice(1)
    .map((row, i) =>
      row.map((cell, k) => (typeof expected[i]?.[k] === 'number' ? Math.round(Number(cell)) : cell)),
    );
}
