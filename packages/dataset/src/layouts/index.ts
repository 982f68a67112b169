import { defineRegistry, type Registry } from '@podium/core';
import { csv } from './csv.ts';
import { folders } from './folders.ts';
import { idx } from './idx.ts';
import { personFolders } from './person-folders.ts';
import { pixels } from './pixels.ts';
import type { Layout } from './support/types.ts';

/** Every way in which Podium can read a competition folder. */
export const layouts: Registry<Layout> = defineRegistry([csv, folders, idx, personFolders, pixels], {
  kind: 'layout',
});
