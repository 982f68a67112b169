import { PodiumError } from '@podium/core';
import type { InstanceHandle } from '../graph/instance.ts';
import type { RunReport } from './report.ts';

/**
 * Where a run's outputs of an instance are: absolute paths by output.
 *
 * `const { train } = outputsOf(report, data)`
 *
 * @param of a handle, whose outputs are type-checked, or a name
 * @throws PodiumError `run-no-output` if the run did not make or check this instance's outputs
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
    got: found === undefined ? 'no such instance in the graph' : `status: ${found.status}`,
    fix: 'make the instance a target of the run',
  });
}
