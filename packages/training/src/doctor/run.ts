import { defineRegistry, PodiumError, type Registry } from '@podium/core';
import { leavingUntouched } from '../loop/leaving-untouched.ts';
import type { CheckResult, DoctorCheck, DoctorSubject } from './check.ts';
import * as all from './checks/index.ts';
import { firstBatch } from './sample-batches.ts';
import { lossesWithGradients } from './subject-model.ts';

/** All checks by name. */
export const doctorChecks: Registry<DoctorCheck> = defineRegistry(Object.values(all), { kind: 'check' });

/** The result of one check. */
export interface DoctorFinding extends CheckResult {
  readonly name: string;
  readonly title: string;
}

/** A check that begins. */
export interface DoctorStart {
  readonly name: string;
  readonly title: string;
  /** Counted from 1. */
  readonly position: number;
  readonly count: number;
  /** What this check and those after it cost at most, in training steps of 16 images; see `timeDoctorStep`. */
  readonly stepsLeft: number;
  /** Batches that this check and those after it read at most. */
  readonly batchesLeft: number;
}

const USUAL_STEPS = 2;

/**
 * Looks for common mistakes in a model, its data and its settings: quick checks first. The model is left as it was. If a
 * check fails with a `PodiumError`, that is a finding, too.
 *
 * @param options.checks names or globs of checks. Default: all
 * @param options.onStart called before each check
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
    readonly onStart?: (start: DoctorStart) => void;
    readonly onFinding?: (finding: DoctorFinding) => void;
  } = {},
): Promise<DoctorFinding[]> {
  const selected = options.checks?.flatMap((name) =>
    /[*?]/.test(name) ? doctorChecks.list(name) : [doctorChecks.get(name)],
  ) ?? [...doctorChecks];
  const cost = ({ steps = USUAL_STEPS }: DoctorCheck) => steps;
  const sorted = selected.toSorted((a, b) => cost(a) - cost(b));
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const findings: DoctorFinding[] = [];
  for (const [i, check] of sorted.entries()) {
    const { name, title, run } = check;
    const left = sorted.slice(i);
    options.onStart?.({
      name,
      title,
      position: i + 1,
      count: sorted.length,
      stepsLeft: sum(left.map(cost)),
      batchesLeft: sum(left.map(({ batches = 1 }) => batches)),
    });
    const finding = { name, title, ...(await result(() => run(subject))) };
    findings.push(finding);
    options.onFinding?.(finding);
  }
  return findings;
}

/**
 * Seconds that a training step of 16 images takes here, forward and backward: the second one, since the first includes
 * one-time work. The model is left as it was.
 */
export async function timeDoctorStep(subject: DoctorSubject): Promise<number> {
  const batch = await firstBatch(subject);
  return await leavingUntouched(subject.model, () => {
    lossesWithGradients(subject, batch);
    const began = performance.now();
    lossesWithGradients(subject, batch);
    return (performance.now() - began) / 1000;
  });
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
