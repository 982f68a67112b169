import { PodiumError } from '@podium/core';
import type { InstanceHandle } from '../graph/instance.ts';
import type { RunReport } from './report.ts';

/**
 * The outputs of an instance after a run: absolute paths by output.
 *
 * @param of a handle, whose outputs are type-checked, or a name
 * @throws PodiumError `run-no-output` if the instance is not in the graph, or the run did not need its outputs or
 * failed
 *
 * @example
 * const { train } = outputsOf(report, data);
 */
export function outputsOf<Output extends string>(
  report: RunReport,
  of: InstanceHandle<Output>,
): Readonly<Record<Output, string>>;
export function outputsOf(report: RunReport, of: string): Readonly<Record<string, string>>;
export function outputsOf(report: RunReport, of: InstanceHandle | string): Readonly<Record<string, string>> {
  const name = typeof of === 'string' ? of : of.name;
  const found = report.instances.find((item) => item.name === name);
  if (found?.outputs !== undefined) return found.outputs;
  throw new PodiumError({
    code: 'run-no-output',
    message: `the run has no outputs of "${name}"`,
    got: found === undefined ? 'no such instance' : `status "${found.status}"`,
    fix: 'make the instance a target of the run',
  });
}
