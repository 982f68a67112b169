import { type StateTensor, stateDict } from '@podium/nn';
import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { batchNorms } from '../../weights-averaging/index.ts';
import { type DoctorCheck, ok, problem, skipped, warning } from '../check.ts';
import { formatList } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';
import { createStepper } from '../subject-model.ts';

/** Frozen weights must not change, not even by weight decay. Running statistics of batch norm change by themselves. */
export const frozenUnchanged: DoctorCheck = {
  name: 'frozen-unchanged',
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
      const { step, dispose } = createStepper(subject);
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
          `two steps changed frozen parameters: ${formatList(moved)}`,
          'give the optimizer only parameters with requiresGrad, as parameterGroups does',
        );
      }
      const drifting = batchNorms(model)
        .filter(([path]) => frozen.has(`${path}.weight`) && changed.includes(`${path}.running_mean`))
        .map(([path]) => path);
      if (drifting.length > 0) {
        return warning(
          `running statistics of frozen batch norms change: ${formatList(drifting)}`,
          'set frozenStatistics on them or keep them in evaluation mode, or the frozen part changes all the same',
        );
      }
      return ok(
        `two steps changed ${changed.length} other parameters and none of ${frozen.size} frozen ones`,
      );
    });
  },
};

function equal(a: StateTensor | undefined, b: StateTensor | undefined): boolean {
  return a !== undefined && b !== undefined && a.data.every((value, i) => value === b.data[i]);
}
