import { defineRegistry, PodiumError, type Registry } from '@podium/core';
import type { CheckResult, DoctorCheck, DoctorSubject } from './check.ts';
import * as all from './checks/index.ts';

/** All checks by name. */
export const doctorChecks: Registry<DoctorCheck> = defineRegistry(Object.values(all), { kind: 'check' });

/** What a check found. */
export interface DoctorFinding extends CheckResult {
  readonly name: string;
  readonly title: string;
}

/**
 * Looks for common mistakes in a model, its data and its settings. The model is as it was afterwards. A check that fails
 * with an error that tells the user what is wrong is a finding as well.
 *
 * @param checks names or globs; default all
 */
export async function runDoctor(
  subject: DoctorSubject,
  options: {
    readonly checks?: readonly string[];
    readonly onFinding?: (finding: DoctorFinding) => void;
  } = {},
): Promise<DoctorFinding[]> {
  const wanted = options.checks?.flatMap((name) =>
    /[*?]/.test(name) ? doctorChecks.list(name) : [doctorChecks.get(name)],
  );
  const findings: DoctorFinding[] = [];
  for (const { name, title, run } of wanted ?? doctorChecks) {
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
    const { fix = 'cure this first', ...problem } = error.problem;
    return { verdict: 'problem', evidence: new PodiumError(problem).message, fix };
  }
}
