import { defineRegistry, type Registry } from '@podium/core';
import { classColumns } from './class-columns.ts';
import { combinedHeads } from './combined-heads.ts';
import type { SubmissionForm } from './form.ts';
import { headColumns } from './head-columns.ts';
import { label } from './label.ts';
import { multiLabel } from './multi-label.ts';
import { probability } from './probability.ts';
import { topK } from './top-k.ts';

/** The submission formats that Podium writes. */
export const forms: Registry<SubmissionForm> = defineRegistry(
  [classColumns, combinedHeads, headColumns, label, multiLabel, probability, topK],
  { kind: 'submission form' },
);
