import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** The notes with which a test may be skipped in CI. CONTRIBUTING.md explains them under "What is not tested". */
export const ALLOWED_SKIPS = {
  bfloat16: 'this CPU has no bfloat16 instructions',
  disks: 'this machine cannot mount disks',
  root: 'only root can give files to another user',
} as const;

/** In CI a missing tool fails the tests that need it; elsewhere they are skipped. */
export const inCI: boolean = !['', '0', 'false'].includes(process.env.CI ?? '');

/** Fails a run that skips a test without a note from `ALLOWED_SKIPS`. */
export function failOnSkips(): Reporter {
  let vitest: Vitest;
  return {
    onInit(instance) {
      vitest = instance;
    },
    onTestRunEnd(modules) {
      // With -t, Vitest skips all other tests.
      if (vitest.config.testNamePattern !== undefined) return;
      const skips = modules.flatMap(unexpectedSkips);
      if (skips.length === 0) return;
      vitest.logger.error(
        [
          'These tests must not be skipped in CI. Make them run, or allow the reason in packages/test-kit/src/skips.ts:',
          ...skips,
        ].join('\n  '),
      );
      process.exitCode = 1;
    },
  };
}

function unexpectedSkips(module: TestModule): string[] {
  const allowed: ReadonlySet<string> = new Set(Object.values(ALLOWED_SKIPS));
  const skips: string[] = [];
  for (const test of module.children.allTests('skipped')) {
    const result = test.result();
    const note = result.state === 'skipped' ? result.note : undefined;
    if (note === undefined || !allowed.has(note))
      skips.push(`${module.relativeModuleId}: ${test.fullName} (${note ?? 'no reason given'})`);
  }
  return skips;
}
