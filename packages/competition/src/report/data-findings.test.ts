import { expect, test } from 'vitest';
import type { Findings } from '../artifacts/json.ts';
import { dataFindings } from './data-findings.ts';

const nearDuplicates: Findings['findings'][number] = {
  check: 'near-duplicates',
  severity: 'warning',
  message: '1 set of nearly identical images across groups',
  rows: ['a', 'b'],
  splits: ['train'],
  fix: 'give each set a group, to keep it in one fold',
};

test('no advice to group what the run has grouped', () => {
  const entry = {
    action: 'regroup',
    old: null,
    new: 'same:a',
    reason: 'near-duplicates: nearly identical',
  } as const;
  const [finding] = dataFindings(
    { findings: [nearDuplicates] },
    {
      entries: [
        { ...entry, id: 'a' },
        { ...entry, id: 'b' },
      ],
    },
    () => false,
  );
  expect(finding).toMatchObject({ severity: 'info', count: 2 });
  expect(finding?.message).toContain('put 2 rows into the groups of their copies');
  expect(finding?.fix).toBeUndefined();
});

test('nor to keep copies together, which folds always do', () => {
  const [near, exact] = dataFindings(
    {
      findings: [
        nearDuplicates,
        {
          check: 'exact-duplicates',
          severity: 'warning',
          message: '1 image in several training rows',
          rows: ['a', 'b'],
          splits: ['train'],
          fix: 'drop all but one row per image, or keep the copies in one fold',
        },
      ],
    },
    { entries: [] },
    (id) => id === 'b',
  );
  expect(near).toMatchObject({ severity: 'warning', images: ['b'] });
  expect(near?.message).toContain('Each set is kept in one fold');
  expect(near?.fix).toBeUndefined();
  expect(exact?.fix).toBe('drop all but one row per image');
});

test('other advice stays', () => {
  const fix =
    'if images with the same patient show the same thing, set group: "patient", to keep them in one fold';
  const [finding] = dataFindings(
    { findings: [{ check: 'missing-groups', severity: 'warning', message: 'm', rows: [], splits: [], fix }] },
    { entries: [] },
    () => false,
  );
  expect(finding?.fix).toBe(fix);
});
