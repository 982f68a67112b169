import { scoreOf } from '@podium/metrics';
import { expect, test } from 'vitest';
import { blendMembers, makeMembers } from './use-ensemble.ts';

test('use-ensemble blends three members, with an honest score', () => {
  const members = makeMembers();
  const { nestedScore, fittedScore, test: blended } = blendMembers(members);
  const best = Math.max(
    ...members.outOfFold.map((member) => scoreOf('f1-macro').score(members.truth, member)),
  );
  expect(fittedScore).toBeGreaterThan(best);
  expect(nestedScore).toBeGreaterThan(best);
  expect(nestedScore).toBeLessThanOrEqual(fittedScore);
  expect(blended.ids).toEqual(members.test[0]!.ids);
  expect(blended.kind).toBe('probabilities');
});
