import { expect, test } from 'vitest';
import { listOf } from './list-cell.ts';
import { judgeSeparator } from './separators.ts';

const CARDS = ['ace', 'two', 'three', 'king'].flatMap((rank) =>
  ['clubs', 'hearts', 'spades'].map((suit) => `${rank} of ${suit}`),
);
const TAGS = ['clear', 'haze', 'primary', 'road', 'water', 'cloudy'];

test.each([
  ['labels that also occur alone', ' ', ['cat', 'dog', 'cat dog'], 'several'],
  ['the same with commas', ',', ['cat', 'dog', 'owl', 'cat,dog', 'dog, owl'], 'several'],
  ['the same with bars', '|', ['No Finding', 'Mass', 'Hernia', 'Hernia|Mass'], 'several'],
  ['numbers in cells of different lengths', ' ', ['0', '16 0', '5', '0 5 16', '16 5'], 'several'],
  [
    'many combinations of few tags at any place',
    ' ',
    TAGS.flatMap((a) => TAGS.flatMap((b) => (a < b ? [`${a} ${b}`, `${b} x ${a}`] : []))),
    'several',
  ],
  ['names of cards', ' ', [...CARDS, 'joker'], 'one'],
  ['a word that names share', ' ', ['polar bear', 'brown bear', 'panda'], 'one'],
  ['a name within a name', ' ', ['dog', 'hot dog', 'cat'], 'one'],
  ['colors and shapes', ' ', ['red square', 'red circle', 'blue square', 'blue circle'], 'one'],
  ['species', ' ', ['Canis lupus', 'Canis lupus familiaris', 'Felis catus'], 'one'],
  ['names with a comma', ',', ['cat, wild', 'dog, tame', 'owl, wild'], 'one'],
  ['one name with a comma', ',', ['a, b', 'x', 'y'], 'one'],
  ['a slash in a name', '/', ['x/y', 'z'], 'one'],
  ['no separator at all', ' ', ['cat', 'dog'], 'one'],
  ['pairs at any place', ' ', ['cat dog', 'dog owl', 'cat owl'], 'unclear'],
  ['pairs with commas', ',', ['cat,dog', 'dog,owl', 'cat,owl'], 'unclear'],
  ['bars between what never occurs alone', '|', ['a|b', 'c|d'], 'unclear'],
  [
    'words of names that are names in part',
    ' ',
    ['fried rice', 'rice', 'rice pudding', 'curry rice', 'curry', 'fried curry', 'pudding curry'],
    'unclear',
  ],
  ['classes joined by a plus', '+', ['cat', 'dog', 'cat+dog'], 'unclear'],
] as const)('%s', (_, separator, values, verdict) => {
  expect(judgeSeparator(values, separator)).toBe(verdict);
});

test.each([
  ['["cat", "dog"]', ['cat', 'dog']],
  ["['cat', 'dog']", ['cat', 'dog']],
  ["['cat' 'dog']", ['cat', 'dog']],
  ['[cat, sea lion]', ['cat', 'sea lion']],
  ["{'cat'}", ['cat']],
  ["('cat', 'dog')", ['cat', 'dog']],
  ['{"choices":["cat","dog"]}', ['cat', 'dog']],
  ['["say \\"hi\\", you", "caf\\u00e9"]', ['say "hi", you', 'caf\u00e9']],
  ['[]', []],
  ['[1, 2]', ['1', '2']],
  ['cat', undefined],
  ['(cat)', undefined],
  ['{cat}', undefined],
  ['["cat"', undefined],
])('the list %s', (cell, items) => {
  expect(listOf(cell)).toEqual(items);
});
