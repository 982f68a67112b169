/** One spec that was not ignored. */
export interface SpecResult {
  readonly name: string;
  /** `pending`: disabled in the suite. */
  readonly status: 'passed' | 'pending' | 'failed';
  /** Failed expectations. */
  readonly messages: readonly string[];
  /** Watched kernels that it ran. */
  readonly kernels: readonly string[];
}

/** Result of the suite on one backend. */
export interface SuiteResult {
  readonly backend: string;
  readonly specs: readonly SpecResult[];
  /** Number of ignored specs. */
  readonly ignored: number;
  /** Failures outside of specs: while loading, or in a suite's setup or cleanup. */
  readonly outside: readonly string[];
}

/** A known failure and its reason. Both patterns must match; a missing one matches everything. */
interface KnownFailure {
  readonly reason: string;
  readonly spec?: RegExp;
  readonly message?: RegExp;
}

export interface Expectation {
  /** Specs that must not fail. */
  readonly minimum: number;
  readonly known: readonly KnownFailure[];
  /** Kernels whose specs must all pass, with the minimum number of specs. */
  readonly kernels: Readonly<Record<string, number>>;
}

export interface Verdict {
  readonly passed: number;
  readonly pending: number;
  readonly failed: number;
  /** Failures that were expected, by reason. */
  readonly known: ReadonlyMap<string, readonly SpecResult[]>;
  readonly unexpected: readonly SpecResult[];
  /** Specs that ran each watched kernel. */
  readonly kernels: Readonly<Record<string, { readonly passed: number; readonly failed: number }>>;
  /** All problems, as sentences; empty if the run meets the expectations. */
  readonly problems: readonly string[];
}

/** Compares a run with its expectations. */
export function compareWithExpectation({ specs, outside }: SuiteResult, expectation: Expectation): Verdict {
  const count = (status: SpecResult['status']): number =>
    specs.filter((spec) => spec.status === status).length;
  const [passed, pending, failed] = [count('passed'), count('pending'), count('failed')];
  const known = new Map<string, SpecResult[]>();
  const unexpected: SpecResult[] = [];
  for (const spec of specs.filter(({ status }) => status === 'failed')) {
    const match = expectation.known.find((failure) => explains(failure, spec));
    if (match === undefined) unexpected.push(spec);
    else known.set(match.reason, [...(known.get(match.reason) ?? []), spec]);
  }
  const kernels = Object.fromEntries(
    Object.keys(expectation.kernels).map((name) => {
      const users = specs.filter((spec) => spec.kernels.includes(name));
      const passing = users.filter(({ status }) => status === 'passed').length;
      return [name, { passed: passing, failed: users.length - passing }];
    }),
  );
  const problems = [
    ...outside.map((message) => `outside the specs: ${message}`),
    ...unexpected.map((spec) => `${spec.name}\n    ${spec.messages.join('\n    ')}`),
  ];
  if (passed + pending < expectation.minimum) {
    problems.push(`expected at least ${expectation.minimum} specs that do not fail, got ${passed + pending}`);
  }
  for (const [name, minimum] of Object.entries(expectation.kernels)) {
    const { passed: passing = 0, failed: failing = 0 } = kernels[name] ?? {};
    if (failing > 0) problems.push(`${name}: ${failing} of its specs failed`);
    if (passing < minimum)
      problems.push(`${name}: expected at least ${minimum} passing specs, got ${passing}`);
  }
  return { passed, pending, failed, known, unexpected, kernels, problems };
}

function explains({ spec, message }: KnownFailure, failed: SpecResult): boolean {
  return (
    (spec?.test(failed.name) ?? true) &&
    (message === undefined || failed.messages.some((m) => message.test(m)))
  );
}
