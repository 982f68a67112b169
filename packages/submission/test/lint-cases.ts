import type { Head } from '@podium/dataset';
import { describe, expect, test } from 'vitest';
import { bindForm } from '../src/binding/bind-form.ts';
import type { FormSettings } from '../src/forms/form.ts';
import { type LintOptions, type LintReport, lintSubmission } from '../src/lint/lint-submission.ts';
import type { LintRule } from '../src/rules/rule.ts';
import { head, multi, predictions, sampleOf, tableOf } from './submissions.ts';

export const PETS: Head = head('label', 'cat', 'dog', 'owl');
export const TAGS: Head = multi('tags', 'cat', 'dog', 'owl');
export const LABELS = 'id,label\n1,cat\n01,cat\nc.jpg,dog\n';
export const COLUMNS = 'id,cat,dog,owl\n1,0,0,0\n2,0,0,0\n';

/** Rows of a CSV. */
export function lines(row: (i: number) => string, count = 40): string {
  return Array.from({ length: count }, (_, i) => `${row(i)}\n`).join('');
}

export function ids(count = 40): string[] {
  return Array.from({ length: count }, (_, i) => `r${i}`);
}

export const MANY = `id,label\n${lines((i) => `r${i},cat`)}`;

/** Out-of-fold predictions of which this share is `cat`, the rest `dog`. */
export function oofWithCats(share: number) {
  return predictions(
    PETS,
    ids(400),
    ids(400).map((_, i) => (i < share * 400 ? [1, 0, 0] : [0, 1, 0])),
  );
}

/** A submission that passes every rule, and one that breaks this rule and differs in nothing else. */
export interface RuleCase {
  readonly sample: string;
  /** Default: `PETS`. */
  readonly heads?: readonly Head[];
  readonly form?: FormSettings;
  readonly good: string;
  readonly bad: string;
  /** Of the finding. */
  readonly message: RegExp;
  /** Default `error`. */
  readonly severity?: 'error' | 'warning';
  /** Lines of the example rows. Default: none. */
  readonly lines?: readonly number[];
  readonly options?: (which: 'good' | 'bad') => Partial<LintOptions> | Promise<Partial<LintOptions>>;
}

export function testRule({ name }: LintRule, cases: readonly RuleCase[]): void {
  describe(name, () => {
    test.each(cases.map((item, i) => [i, item] as const))(
      'finds what is wrong, and nothing else: %i',
      async (_, item) => {
        expect((await lintCase(item, 'good')).findings).toEqual([]);
        const { findings, ok } = await lintCase(item, 'bad');
        const [first] = findings.filter(({ rule }) => rule === name);
        expect(first?.message).toMatch(item.message);
        expect(first?.severity).toBe(item.severity ?? 'error');
        expect(first?.fix).toMatch(/^[a-z]/);
        expect(first?.rows.map(({ line }) => line)).toEqual(item.lines ?? []);
        expect(ok).toBe(findings.every(({ severity }) => severity === 'warning'));
      },
    );
  });
}

async function lintCase(item: RuleCase, which: 'good' | 'bad'): Promise<LintReport> {
  const sample = await sampleOf(item.sample);
  const form = bindForm(item.form, sample, item.heads ?? [PETS]);
  return lintSubmission(await tableOf(item[which]), { sample, form, ...(await item.options?.(which)) });
}
