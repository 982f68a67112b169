import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { exitCodes } from '../exit-codes.ts';
import { ClosedOutput, watchOutput } from './watch-output.ts';

function watched() {
  const written: string[] = [];
  const stream = () =>
    Object.assign(new EventEmitter(), { write: (text: string) => void written.push(text) });
  const [stdout, stderr] = [stream(), stream()];
  const reasons: Error[] = [];
  const exitCodeOf = watchOutput({ stdout, stderr, onClosed: (reason) => void reasons.push(reason) });
  return { written, stdout, stderr, reasons, exitCodeOf };
}

const failure = (code: string) => Object.assign(new Error(`${code}: a \u001b[2J`), { code });

test('a program whose output arrives has the exit code of its command', () => {
  const { exitCodeOf } = watched();
  expect([exitCodes.ok, exitCodes.problems].map(exitCodeOf)).toEqual([exitCodes.ok, exitCodes.problems]);
});

test.each(['stdout', 'stderr'] as const)('a closed pipe at %s stops the command and ends quietly', (name) => {
  const { written, reasons, exitCodeOf, ...streams } = watched();
  streams[name].emit('error', failure('EPIPE'));
  expect(reasons).toEqual([expect.any(ClosedOutput)]);
  expect(written).toEqual([]);
  expect([exitCodes.ok, exitCodes.interrupted].map(exitCodeOf)).toEqual([
    exitCodes.closedPipe,
    exitCodes.closedPipe,
  ]);
});

test('lost output is told once, stops nothing, and is a failure unless the command has a code of its own', () => {
  const { written, reasons, exitCodeOf, stdout, stderr } = watched();
  for (let i = 0; i < 3; i++) stdout.emit('error', failure('ENOSPC'));
  stderr.emit('error', failure('ENOSPC'));
  expect(written).toEqual([
    'podium: standard output: no space left on the device; the output is incomplete\n',
  ]);
  expect(reasons).toEqual([]);
  expect([exitCodes.ok, exitCodes.problems].map(exitCodeOf)).toEqual([exitCodes.failed, exitCodes.problems]);
});

test('other reasons are told as they are, without what a terminal would act on', () => {
  const { written, stdout } = watched();
  stdout.emit('error', failure('EIO'));
  expect(written).toEqual(['podium: standard output: EIO: a \\u001b[2J; the output is incomplete\n']);
});
