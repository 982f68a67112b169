import type { ManifestRow } from '@podium/dataset';
import { expect, test } from 'vitest';
import { groupingOf } from './groups.ts';

/** A row of each group; undefined for none. */
const rows = (groups: readonly (string | undefined)[]): ManifestRow[] =>
  groups.map((group, i) => ({
    id: `${i}.jpg`,
    image: { path: `${i}.jpg` } as ManifestRow['image'],
    labels: {},
    weight: 1,
    provenance: {} as ManifestRow['provenance'],
    ...(group !== undefined && { group }),
  }));

const NEW_GROUPS = 'new to the models';

test('without groups it says so, and how to set them', () => {
  const { sentences, groups } = groupingOf(rows([undefined, undefined, undefined]), 0);
  expect(groups).toBeUndefined();
  expect(sentences).toHaveLength(1);
  expect(sentences[0]).toContain('No groups are set');
  expect(sentences[0]).toContain('data.options.group');
  expect(sentences[0]).not.toContain(NEW_GROUPS);
});

test('copies of an image are no groups: 318 of 319', () => {
  const { sentences, groups } = groupingOf(
    rows(Array.from({ length: 319 }, (_, i) => (i < 2 ? 'same:0.jpg' : undefined))),
    1,
  );
  expect(groups).toBeUndefined();
  expect(sentences.join(' ')).not.toContain(NEW_GROUPS);
  expect(sentences[1]).toBe('Copies of an image (1 set) are kept in one fold.');
});

test('nor is a column whose values are all different', () => {
  const { sentences, groups } = groupingOf(rows(['a', 'b', 'c']), 0);
  expect(groups).toBeUndefined();
  expect(sentences[0]).toContain('No two images share a group');
});

test('groups of several images', () => {
  expect(groupingOf(rows(['a', 'a', 'b', 'b', undefined]), 0)).toEqual({
    groups: 3,
    sentences: [expect.stringContaining(NEW_GROUPS)],
  });
});

test('groups of a few images', () => {
  const { sentences } = groupingOf(rows(['a', 'a', 'b', 'c', 'd', undefined]), 0);
  expect(sentences[0]).toContain('only 2 of 6 images share a group');
  expect(sentences[0]).not.toContain(NEW_GROUPS);
});
