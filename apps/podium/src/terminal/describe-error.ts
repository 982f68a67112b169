import { PodiumError, printable, renderProblem } from '@podium/core';

/** An error as lines: a `PodiumError` without its stack, since it says what to do. */
export function describeError(error: unknown): string[] {
  if (error instanceof PodiumError) return renderProblem(error.problem).split('\n');
  if (!(error instanceof Error)) return [printable(String(error))];
  const { stack = '', message } = error;
  // The message may hold names from files: only the lines below it are the stack's.
  const title = printable(String(error));
  const at = stack.indexOf(message);
  const frames = at === -1 ? stack : stack.slice(at + message.length);
  return [title, ...frames.split('\n').filter((line) => /^ +at /.test(line))];
}
