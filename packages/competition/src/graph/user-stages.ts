import { type AnyStage, from, type OutputRef } from '@podium/pipeline';
import type { GraphBuilder } from './graph-builder.ts';

/** A stage of your own, its settings, and the file that exports it. */
export interface UserStage {
  readonly stage: AnyStage;
  readonly settings: unknown;
  readonly file: string;
}

/** Runs predictions through your own stages, one after the other; gives the last one's output. */
export function addUserStages(
  builder: GraphBuilder,
  port: 'oof' | 'test',
  predictions: OutputRef,
  train: OutputRef,
  stages: readonly UserStage[],
): OutputRef {
  let last = predictions;
  for (const [i, { stage, settings, file }] of stages.entries()) {
    const code = builder.source(`stage-code[${i}]`, { kind: 'file', type: 'stage-code', path: file });
    const name = `${stage.name}[${i},${port}]`;
    builder.add({
      name,
      stage,
      settings,
      inputs: { predictions: last, code, train: 'train' in stage.inputs ? train : undefined },
    });
    last = from(name, 'predictions');
  }
  return last;
}
