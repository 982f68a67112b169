import { expect, test } from 'vitest';
import { looksLikeGroup } from './group-names.ts';

test.each(
  'group person subject patient case series video session plant site author artist user individual family'.split(
    ' ',
  ),
)('%s names a group, also in the plural, as an id, and in any case', (name) => {
  const capital = name.charAt(0).toUpperCase() + name.slice(1);
  for (const column of [
    name,
    `${name}_id`,
    `${name}Id`,
    `${capital}ID`,
    `${name}-no`,
    `${name} name`,
    `${name}s`,
  ])
    expect(looksLikeGroup(column), column).toBe(true);
});

test.each(['id', 'label', 'class', 'person_age', 'age_group', 'image_id', 'sites_visited', 'weight', ''])(
  '"%s" names no group',
  (column) => expect(looksLikeGroup(column)).toBe(false),
);
