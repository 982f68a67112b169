import { PodiumError } from '@podium/core';

/**
 * Why one place gave no TensorFlow. It becomes an `Attempt`; the search goes on with the next place
 * unless `stop` says that no other place could do better.
 */
export class SourceFailure extends Error {
  override readonly name: string = 'SourceFailure';
  readonly outcome: 'skipped' | 'failed';
  readonly stop: boolean;
  /** The compiler's fault, not that of the place TensorFlow came from. */
  readonly blamesCompiler: boolean;

  constructor(
    reason: string,
    options: {
      readonly outcome?: 'skipped' | 'failed';
      readonly stop?: boolean;
      readonly blamesCompiler?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.outcome = options.outcome ?? 'failed';
    this.stop = options.stop ?? false;
    this.blamesCompiler = options.blamesCompiler ?? false;
  }
}

/** The operating system's code of an error (`ENOSPC`), where it has one. */
export function systemCode(error: unknown): string | undefined {
  const origin = error instanceof PodiumError ? error.cause : error;
  const code = origin instanceof Error ? (origin as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** One line about any error. */
export function briefly(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
