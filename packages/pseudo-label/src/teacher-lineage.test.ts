import { expect, test } from 'vitest';
import { type Teacher, teacherLineage } from './teacher-lineage.ts';

const first: Teacher = { key: 'first', round: 1, foldsSeen: [1, 2] };
const second: Teacher = { key: 'second', round: 2, foldsSeen: [2], taughtBy: ['first'] };
const third: Teacher = { key: 'third', round: 3, foldsSeen: [0], taughtBy: ['second'] };

test('a fold is seen through any number of teachers', () => {
  const teachers = teacherLineage([third, first, second]);
  expect(teachers.pathTo('first', 0)).toBeUndefined();
  expect(teachers.pathTo('first', 1)).toEqual(['first']);
  expect(teachers.pathTo('second', 1)).toEqual(['second', 'first']);
  expect(teachers.pathTo('second', 2)).toEqual(['second']);
  expect(teachers.pathTo('third', 1)).toEqual(['third', 'second', 'first']);
  expect(teachers.pathTo('third', 3)).toBeUndefined();
});

test('an ensemble has seen what its members have', () => {
  const ensemble: Teacher = { key: 'ensemble', round: 1, foldsSeen: [], taughtBy: ['first', 'other'] };
  const other: Teacher = { key: 'other', round: 1, foldsSeen: [0] };
  const teachers = teacherLineage([first, other, ensemble]);
  expect([0, 1, 2, 3].filter((fold) => teachers.pathTo('ensemble', fold) !== undefined)).toEqual([0, 1, 2]);
});

test.each([
  [[first, first], /two teachers have the key "first"/],
  [[second], /unknown teacher.*expected second, got "first"/],
  [[{ ...first, taughtBy: ['second'] }, second], /"first" of round 1 was taught by "second" of round 2/],
  [[{ ...first, taughtBy: ['first'] }], /"first" was taught by itself/],
  [[{ ...first, round: 0 }], /rounds start at 1/],
] as const)('records that cannot be are rejected: %j', (teachers, message) => {
  expect(() => teacherLineage(teachers)).toThrow(message);
});
