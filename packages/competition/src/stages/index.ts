import { defineRegistry, type Registry } from '@podium/core';
import type { AnyStage } from '@podium/pipeline';
import { admitExternal } from './admit-external.ts';
import { blend } from './blend.ts';
import { chooseMember } from './choose-member.ts';
import { explain } from './explain.ts';
import { extractExternalFeatures } from './extract-external-features.ts';
import { extractFrozenFeatures } from './extract-features.ts';
import { fitProbe } from './fit-probe.ts';
import { gatherMember } from './gather-member.ts';
import { labelExternal } from './label-external.ts';
import { labelExternalByProbe } from './label-external-by-probe.ts';
import { makeFolds } from './make-folds.ts';
import { mapFeatures } from './map-features.ts';
import { pretrainBackbone } from './pretrain.ts';
import { makePseudoRows } from './pseudo-rows.ts';
import { readData } from './read-data.ts';
import { readExternal } from './read-external.ts';
import { recommend } from './recommend.ts';
import { score } from './score.ts';
import { trainFold } from './train-fold.ts';
import { trainSemi } from './train-semi.ts';
import { writeSubmission } from './write-submission.ts';

/** Every stage of a run by name: what a record of a run refers to. */
export const stages: Registry<AnyStage> = defineRegistry(
  [
    readData,
    makeFolds,
    extractFrozenFeatures,
    recommend,
    fitProbe,
    trainFold,
    gatherMember,
    blend,
    score,
    writeSubmission,
    explain,
    mapFeatures,
    readExternal,
    admitExternal,
    extractExternalFeatures,
    labelExternal,
    labelExternalByProbe,
    makePseudoRows,
    chooseMember,
    trainSemi,
    pretrainBackbone,
  ] as readonly AnyStage[],
  { kind: 'stage' },
);
