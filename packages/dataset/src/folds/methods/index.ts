import { defineRegistry, type Registry } from '@podium/core';
import type { FoldMethod } from '../fold-method.ts';
import { group } from './group.ts';
import { kFold } from './k-fold.ts';
import { multiLabelStratified } from './multi-label-stratified.ts';
import { stratified } from './stratified.ts';
import { stratifiedGroup } from './stratified-group.ts';

/** All methods that assign rows to folds, by name. */
export const foldMethods: Registry<FoldMethod> = defineRegistry(
  [group, kFold, multiLabelStratified, stratified, stratifiedGroup],
  { kind: 'fold method' },
);
