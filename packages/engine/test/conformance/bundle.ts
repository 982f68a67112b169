import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** What the bundle exports. */
export interface ConformanceBundle {
  /** All of `@tensorflow/tfjs-core`, the copy that the specs run against. */
  readonly core: typeof import('@tensorflow/tfjs-core');
  readonly jasmineUtil: { setTestEnvs(environments: readonly TestEnvironment[]): void };
  /** Defines the specs. Call it after `setTestEnvs`, with jasmine's globals in place. */
  readonly defineSpecs: () => void;
}

/** As in tfjs-core's `jasmine_util`. */
interface TestEnvironment {
  readonly name: string;
  readonly backendName: string;
  readonly flags: Readonly<Record<string, boolean | number>>;
  readonly isDataSync: boolean;
}

/**
 * Bundles TensorFlow.js's own core suite with the core that it tests into one CommonJS file. The specs import the core
 * file by file, so they cannot share the package's ready-made bundle.
 */
export async function bundleSpecs(outfile: string): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json');
  const dist = join(dirname(manifest), 'dist');
  const entry = [
    `import './register_all_gradients.js';`,
    `import './public/chained_ops/register_all_chained_ops.js';`,
    `export * as core from './index.js';`,
    `export * as jasmineUtil from './jasmine_util.js';`,
    `export const defineSpecs = () => require('./tests.js');`,
  ];
  await build({
    stdin: { contents: entry.join('\n'), resolveDir: dist },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // The package declares that its spec files have no side effects, so esbuild would drop them.
    ignoreAnnotations: true,
    logLevel: 'warning',
  });
}
