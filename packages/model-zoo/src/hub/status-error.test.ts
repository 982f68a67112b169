import { expect, test } from 'vitest';
import { retryAfterMs } from './status-error.ts';

const DATE = 'Tue, 03 Mar 2020 10:00:00 GMT';

test.each<[string, Record<string, string>, number | undefined]>([
  ['seconds', { 'retry-after': '120' }, 120_000],
  [
    'a date, against that of the answer',
    { 'retry-after': 'Tue, 03 Mar 2020 10:00:30 GMT', date: DATE },
    30_000,
  ],
  ['a date that has passed', { 'retry-after': 'Tue, 03 Mar 2020 09:00:00 GMT', date: DATE }, 0],
  ['a date, without one of the answer', { 'retry-after': DATE }, undefined],
  ['nonsense', { 'retry-after': 'soon', date: DATE }, undefined],
  ['nothing', {}, undefined],
])('Retry-After: %s', (_, headers, ms) => {
  expect(retryAfterMs(new Headers(headers))).toBe(ms);
});
