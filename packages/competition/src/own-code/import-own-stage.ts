import { type AnyStage, stageAmong } from '@podium/pipeline';
import { loadOwn } from './load-own-code.ts';

/**
 * A stage that a module of the user's exports. It runs in this process, since another one could not import TypeScript by
 * itself.
 * @throws PodiumError `own-code`, `stage-not-exported`
 */
export async function importOwnStage(file: string, name: string): Promise<AnyStage> {
  const exports = await loadOwn(file);
  const named = exports[name];
  const stage =
    typeof named === 'object' && named !== null && 'name' in named
      ? (named as AnyStage)
      : stageAmong(exports, name, file);
  // Its code is an input: a change makes its results anew.
  return { ...stage, cheap: true, inputs: { ...stage.inputs, code: { kind: 'file', type: 'stage-code' } } };
}
