import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleSpecs } from './bundle.ts';
import { expectations } from './expectations.ts';
import { compareWithExpectation, type SuiteResult, type Verdict } from './results.ts';
import type { SuiteMessage } from './suite.ts';

type Backend = keyof typeof expectations;

/**
 * Runs TensorFlow.js's core suite on the engine's backends (the arguments; default: all), prints counts, and exits with
 * 1 if anything is worse than expected.
 */
async function main(names: readonly string[]): Promise<number> {
  const all = Object.keys(expectations) as Backend[];
  const unknown = names.find((name) => !all.includes(name as Backend));
  if (unknown !== undefined) {
    console.error(`backend: expected ${all.join('|')}, got ${JSON.stringify(unknown)}`);
    return 2;
  }
  const backends = names.length === 0 ? all : (names as Backend[]);
  const folder = await mkdtemp(join(tmpdir(), 'podium-conformance-'));
  try {
    const bundle = join(folder, 'specs.cjs');
    await bundleSpecs(bundle);
    let good = true;
    for (const backend of backends) {
      const result = await runSuite(backend, bundle);
      if (typeof result === 'string') {
        console.error(`\n${result}`);
        good = false;
        continue;
      }
      const verdict = compareWithExpectation(result, expectations[backend]);
      print(result, verdict);
      good &&= verdict.problems.length === 0;
    }
    return good ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Runs the suite on one backend in another process, because TensorFlow.js and jasmine have global state. Returns the
 * problem if it did not finish.
 */
function runSuite(backend: Backend, bundle: string): Promise<SuiteResult | string> {
  const suite = fileURLToPath(new URL('./suite.ts', import.meta.url));
  const child = fork(suite, [backend, bundle, ...Object.keys(expectations[backend].kernels)], {
    serialization: 'advanced',
    silent: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => {
      output = (output + text.toString()).slice(-4000);
    });
  }
  return new Promise((resolve) => {
    let result: SuiteResult | undefined;
    child.on('message', (message: SuiteMessage) => {
      if ('note' in message) console.error(message.note);
      else result = message.result;
    });
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => {
      if (result !== undefined && code === 0) resolve(result);
      else resolve(`the suite on ${backend} ended with ${signal ?? `code ${code}`}:\n${output}`);
    });
  });
}

function print({ backend, specs, ignored }: SuiteResult, verdict: Verdict): void {
  const { passed, pending, failed, known, kernels, problems } = verdict;
  console.log(
    `\n${backend}: ${specs.length} specs${ignored > 0 ? `, and ${ignored} on tfjs-node's ignore list` : ''}`,
  );
  console.log(`  ${passed} passed, ${pending} switched off in the suite itself, ${failed} failed`);
  for (const [reason, failures] of known) {
    console.log(
      `  known: ${failures.length} failed: ${reason}${failures.length === 1 ? ` (${failures[0]?.name})` : ''}`,
    );
  }
  for (const [name, counts] of Object.entries(kernels)) {
    console.log(`  ${name} ran in ${counts.passed + counts.failed} specs, of which ${counts.passed} passed`);
  }
  for (const problem of problems) console.log(`  PROBLEM: ${problem}`);
  if (problems.length === 0) console.log('  as expected');
}

process.exitCode = await main(process.argv.slice(2));
