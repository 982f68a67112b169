import { pathToFileURL } from 'node:url';
import { PodiumError } from '@podium/core';
import { type AnyStage, stageAmong } from '@podium/pipeline';
import { createJiti } from 'jiti';

/**
 * A stage that a module of the user's exports. It runs in this process, since another one could not import TypeScript by
 * itself.
 * @throws PodiumError `own-code`, `stage-not-exported`
 */
export async function importOwnStage(file: string, name: string): Promise<AnyStage> {
  let exports: Record<string, unknown>;
  try {
    exports = await createJiti(pathToFileURL(file).href, { fsCache: false }).import(file);
  } catch (error) {
    throw new PodiumError(
      {
        code: 'own-code',
        path: { file },
        message: `it could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
        fix: 'mend it; it has to run by itself',
      },
      { cause: error },
    );
  }
  const named = exports[name];
  const stage =
    typeof named === 'object' && named !== null && 'name' in named
      ? (named as AnyStage)
      : stageAmong(exports, name, file);
  // Its code is an input: a change makes its results anew.
  return { ...stage, cheap: true, inputs: { ...stage.inputs, code: { kind: 'file', type: 'stage-code' } } };
}
