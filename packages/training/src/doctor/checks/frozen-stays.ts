import { type StateTensor, stateDict } from '@podium/nn';
import { batchNorms } from '../../loop/freeze-state.ts';
import { leavingUntouched } from '../../loop/untouched.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { firstBatch, list, stepper } from '../tools.ts';

/** Frozen weights must not move, by gradients nor by weight decay; batch norm's statistics move by themselves. */
export const frozenStays: DoctorCheck = {
  name: 'frozen-stays',
  title: 'frozen parts do not change',
  async run(subject) {
    const { model, plan } = subject;
    const batch = await firstBatch(subject);
    return await leavingUntouched(model, () => {
      plan?.(0);
      const frozen = new Set(
        model.namedParameters().flatMap(([path, { requiresGrad }]) => (requiresGrad ? [] : [path])),
      );
      if (frozen.size === 0) return skipped('nothing is frozen');
      const before = stateDict(model);
      const { step, dispose } = stepper(subject);
      try {
        for (let i = 0; i < 2; i++) step(batch);
      } finally {
        dispose();
      }
      const after = stateDict(model);
      const changed = [...before.keys()].filter((path) => !equal(before.get(path), after.get(path)));
      const moved = changed.filter((path) => frozen.has(path));
      if (moved.length > 0) {
        return problem(
          `two steps changed frozen parameters: ${list(moved)}`,
          'give the optimizer only parameters that require a gradient (parameterGroups leaves the others out)',
        );
      }
      const drifting = batchNorms(model)
        .filter(([path]) => frozen.has(`${path}.weight`) && changed.includes(`${path}.running_mean`))
        .map(([path]) => path);
      if (drifting.length > 0) {
        return warning(
          `running statistics of frozen batch norms change: ${list(drifting)}`,
          'set frozenStatistics on them, or keep them in evaluation mode: else the frozen part is another one in the end',
        );
      }
      return ok(
        `two steps left ${frozen.size} frozen parameters as they were, and changed ${changed.length} others`,
      );
    });
  },
};

function equal(a: StateTensor | undefined, b: StateTensor | undefined): boolean {
  return a !== undefined && b !== undefined && a.data.every((value, i) => value === b.data[i]);
}
