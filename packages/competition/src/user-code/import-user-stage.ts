import { type AnyStage, findStage } from '@podium/pipeline';
import { loadUserModule } from './load-user-code.ts';

/**
 * A stage that a module of your own exports. It runs in this process, since a process of its own could not import TypeScript.
 * @throws PodiumError `user-code`, `stage-not-exported`
 */
export async function importUserStage(file: string, name: string): Promise<AnyStage> {
  const exports = await loadUserModule(file);
  const named = exports[name];
  const stage =
    typeof named === 'object' && named !== null && 'name' in named
      ? (named as AnyStage)
      : findStage(exports, name, file);
  // Its code is an input, so that a change reruns it.
  return { ...stage, cheap: true, inputs: { ...stage.inputs, code: { kind: 'file', type: 'stage-code' } } };
}
