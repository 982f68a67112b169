import { defineRegistry, type Registry } from '@podium/core';
import { blankImages } from './blank-images.ts';
import type { Check } from './check.ts';
import { colorModes } from './color-modes.ts';
import { conflictingLabels } from './conflicting-labels.ts';
import { emptyImages } from './empty-images.ts';
import { exactDuplicates } from './exact-duplicates.ts';
import { exactDuplicatesAcrossFolds } from './exact-duplicates-across-folds.ts';
import { exactDuplicatesAcrossSplits } from './exact-duplicates-across-splits.ts';
import { exifRotation } from './exif-rotation.ts';
import { groupsAcrossFolds } from './groups-across-folds.ts';
import { groupsAcrossSplits } from './groups-across-splits.ts';
import { missingGroups } from './missing-groups.ts';
import { missingImages } from './missing-images.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { nearDuplicatesAcrossFolds } from './near-duplicates-across-folds.ts';
import { nearDuplicatesAcrossSplits } from './near-duplicates-across-splits.ts';
import { oversizedImages } from './oversized-images.ts';
import { rareClasses } from './rare-classes.ts';
import { sharedIds } from './shared-ids.ts';
import { truncatedImages } from './truncated-images.ts';
import { unlabeledRows } from './unlabeled-rows.ts';
import { unlistedImages } from './unlisted-images.ts';
import { unreadableImages } from './unreadable-images.ts';
import { unusualFiles } from './unusual-files.ts';
import { valueRanges } from './value-ranges.ts';
import { wrongExtension } from './wrong-extension.ts';

/** All checks of a dataset, by name. */
export const checks: Registry<Check> = defineRegistry(
  [
    blankImages,
    colorModes,
    conflictingLabels,
    emptyImages,
    exactDuplicates,
    exactDuplicatesAcrossFolds,
    exactDuplicatesAcrossSplits,
    exifRotation,
    groupsAcrossFolds,
    groupsAcrossSplits,
    missingGroups,
    missingImages,
    nearDuplicates,
    nearDuplicatesAcrossFolds,
    nearDuplicatesAcrossSplits,
    oversizedImages,
    rareClasses,
    sharedIds,
    truncatedImages,
    unlabeledRows,
    unlistedImages,
    unreadableImages,
    unusualFiles,
    valueRanges,
    wrongExtension,
  ],
  { kind: 'check' },
);
