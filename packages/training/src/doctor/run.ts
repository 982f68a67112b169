import { defineRegistry, PodiumError, type Registry } from '@podium/core';
import type { CheckResult, DoctorCheck, DoctorSubject } from './check.ts';
import * as all from './checks/index.ts';

/** All checks by name. */
export const doctorChecks: Registry<DoctorCheck> = defineRegistry(Object.values(all), { kind: 'check' });

/** The result of one check. */
export interface DoctorFinding extends CheckResult {
  readonly name: string;
  readonly title: string;
}

/**
 * Looks for common mistakes in a model, its data and its settings. The model is left as it was. If a check fails with a
 * `PodiumError`, that is a finding, too.
 *
 * @param options.checks names or globs of checks. Default: all
 * @param options.onFinding called after each check
 * @throws PodiumError `registry-unknown-name` for an unknown check
 *
 * @example
 * const findings = await runDoctor({ model, loss, optimizer: { name: 'adamw' }, seed: 1, batches: openBatches });
 * const problems = findings.filter(({ verdict }) => verdict === 'problem');
 */
export async function runDoctor(
  subject: DoctorSubject,
  options: {
    readonly checks?: readonly string[];
    readonly onFinding?: (finding: DoctorFinding) => void;
  } = {},
): Promise<DoctorFinding[]> {
  const selected = options.checks?.flatMap((name) =>
    /[*?]/.test(name) ? doctorChecks.list(name) : [doctorChecks.get(name)],
  );
  const findings: DoctorFinding[] = [];
  for (const { name, title, run } of selected ?? doctorChecks) {
    const finding = { name, title, ...(await result(() => run(subject))) };
    findings.push(finding);
    options.onFinding?.(finding);
  }
  return findings;
}

async function result(run: () => Promise<CheckResult>): Promise<CheckResult> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    const { fix = 'fix this error first', ...problem } = error.problem;
    return { verdict: 'problem', evidence: new PodiumError(problem).message, fix };
  }
}
