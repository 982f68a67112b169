import { printable } from '@podium/core';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

/** Why a command stops whose output nobody reads any more. */
export class ClosedOutput extends Error {
  override readonly name = 'ClosedOutput';
}

interface OutputStream {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  write(text: string): unknown;
}

interface OutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** The reader has closed its end, as `head` does: nobody waits for the rest. */
  readonly onClosed: (reason: ClosedOutput) => void;
}

/**
 * Follows whether what is written arrives, and returns the exit code of the program given that of the command. A closed pipe
 * ends quietly with the code of SIGPIPE; a full device is told and is a failure, since a result that was asked for is lost.
 */
export function watchOutput({ stdout, stderr, onClosed }: OutputOptions): (code: ExitCode) => ExitCode {
  let lost: ExitCode | undefined;
  const watch = (stream: OutputStream, name: string, tell: (text: string) => void): void => {
    let isTold = false;
    stream.on('error', (error) => {
      if (isTold) return;
      isTold = true;
      if (error.code === 'EPIPE') {
        lost ??= exitCodes.closedPipe;
        onClosed(new ClosedOutput(`${name} was closed`));
        return;
      }
      lost = exitCodes.failed;
      tell(`podium: ${name}: ${reasonOf(error)}; the output is incomplete\n`);
    });
  };
  watch(stdout, 'standard output', (text) => stderr.write(text));
  // Nothing can be told where errors are told.
  watch(stderr, 'standard error', () => {});
  return (code) => {
    if (lost === undefined) return code;
    return code === exitCodes.ok || lost === exitCodes.closedPipe ? lost : code;
  };
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOSPC') return 'no space left on the device';
  return printable(message);
}
