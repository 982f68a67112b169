import { describe, test } from 'vitest';
import { ALLOWED_SKIPS } from '../../src/skips.ts';

test('runs', () => {});
test('may be skipped', ({ skip }) => skip(ALLOWED_SKIPS.bfloat16));
describe.skip('outer', () => test('inner', () => {}));
test('skips for a reason of its own', ({ skip }) => skip('it rains'));
test.todo('is not written');
