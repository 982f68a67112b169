import { PodiumError } from '@podium/core';

/**
 * Why a source could not provide TensorFlow. It becomes an `Attempt`; the search continues with the next source, unless
 * `stop` tells that no other source can succeed.
 */
export class SourceFailure extends Error {
  override readonly name: string = 'SourceFailure';
  readonly outcome: 'skipped' | 'failed';
  readonly stop: boolean;
  /** The compiler failed, not the source. */
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

/** The operating system's code of an error (`ENOSPC`), if any. */
export function systemCode(error: unknown): string | undefined {
  const origin = error instanceof PodiumError ? error.cause : error;
  const code = origin instanceof Error ? (origin as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** The first line of an error's message. */
export function briefly(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
