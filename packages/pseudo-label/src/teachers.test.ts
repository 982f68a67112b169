import { expect, test } from 'vitest';
import { knowTeachers, type Teacher } from './teachers.ts';

const first: Teacher = { key: 'first', round: 1, foldsSeen: [1, 2] };
const second: Teacher = { key: 'second', round: 2, foldsSeen: [2], taughtBy: ['first'] };
const third: Teacher = { key: 'third', round: 3, foldsSeen: [0], taughtBy: ['second'] };

test('a fold is seen through any number of teachers', () => {
  const teachers = knowTeachers([third, first, second]);
  expect(teachers.seen('first', 0)).toBeUndefined();
  expect(teachers.seen('first', 1)).toEqual(['first']);
  expect(teachers.seen('second', 1)).toEqual(['second', 'first']);
  expect(teachers.seen('second', 2)).toEqual(['second']);
  expect(teachers.seen('third', 1)).toEqual(['third', 'second', 'first']);
  expect(teachers.seen('third', 3)).toBeUndefined();
});

test('an ensemble has seen what its members have', () => {
  const ensemble: Teacher = { key: 'ensemble', round: 1, foldsSeen: [], taughtBy: ['first', 'other'] };
  const other: Teacher = { key: 'other', round: 1, foldsSeen: [0] };
  const teachers = knowTeachers([first, other, ensemble]);
  expect([0, 1, 2, 3].filter((fold) => teachers.seen('ensemble', fold) !== undefined)).toEqual([0, 1, 2]);
});

test.each([
  [[first, first], /two teachers are called "first"/],
  [[second], /what this teacher has seen is not known.*expected second, got "first"/],
  [[{ ...first, taughtBy: ['second'] }, second], /"first" of round 1 was taught by "second" of round 2/],
  [[{ ...first, taughtBy: ['first'] }], /"first" was taught by itself/],
  [[{ ...first, round: 0 }], /rounds start at 1/],
] as const)('records that cannot be are refused: %j', (teachers, message) => {
  expect(() => knowTeachers(teachers)).toThrow(message);
});
