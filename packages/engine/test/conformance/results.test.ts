import { describe, expect, it } from 'vitest';
import { expectations } from './expectations.ts';
import { compareWithExpectation, type Expectation, type SpecResult, type SuiteResult } from './results.ts';

const spec = (
  name: string,
  status: SpecResult['status'],
  message?: string,
  kernels: string[] = [],
): SpecResult => ({
  name,
  status,
  messages: message === undefined ? [] : [message],
  kernels,
});

const suite = (...specs: SpecResult[]): SuiteResult => ({ backend: 'any', specs, ignored: 0, outside: [] });

const expectation: Expectation = {
  minimum: 2,
  known: [
    { reason: 'by name', spec: /^round/ },
    { reason: 'by both', spec: /^sum/, message: /no such kernel/ },
  ],
  kernels: { Conv: 1 },
};
const good = [spec('a', 'passed', undefined, ['Conv']), spec('b', 'pending')];

describe('compareWithExpectation', () => {
  it('counts, and accepts known failures', () => {
    const verdict = compareWithExpectation(
      suite(...good, spec('round x', 'failed', '1 is not 2'), spec('sum x', 'failed', 'no such kernel')),
      expectation,
    );
    expect(verdict).toMatchObject({ passed: 1, pending: 1, failed: 2, unexpected: [], problems: [] });
    expect([...verdict.known.keys()]).toEqual(['by name', 'by both']);
    expect(verdict.kernels).toEqual({ Conv: { passed: 1, failed: 0 } });
  });

  it.each<[string, SuiteResult, RegExp]>([
    [
      'a failure that is not known',
      suite(...good, spec('max', 'failed', '1 is not 2')),
      /^max\n {4}1 is not 2$/,
    ],
    ['one that fails in another way', suite(...good, spec('sum x', 'failed', '1 is not 2')), /^sum x/],
    ['too few specs', suite(...good.slice(0, 1)), /^expected at least 2 specs that do not fail, got 1$/],
    [
      'a failure outside the specs',
      { ...suite(...good), outside: ['set-up'] },
      /^outside the specs: set-up$/,
    ],
    [
      'a watched kernel that fails, known or not',
      suite(...good, spec('round', 'failed', '', ['Conv'])),
      /^Conv: 1 of/,
    ],
    [
      'a watched kernel that no spec ran',
      suite(spec('a', 'passed'), spec('b', 'passed')),
      /^Conv: .* 1 .* got 0$/,
    ],
  ])('finds %s', (_what, result, problem) => {
    expect(compareWithExpectation(result, expectation).problems).toEqual([expect.stringMatching(problem)]);
  });
});

it('no backend has a known failure that would explain any spec', () => {
  for (const { known } of Object.values(expectations)) {
    for (const { spec: name, message } of known) {
      expect(name !== undefined || message !== undefined).toBe(true);
      expect(name?.test('') ?? false).toBe(false);
      expect(message?.test('') ?? false).toBe(false);
    }
  }
});
