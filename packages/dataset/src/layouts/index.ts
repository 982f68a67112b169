import { defineRegistry, type Registry } from '@podium/core';
import { csv } from './csv.ts';
import { fileNames } from './file-names.ts';
import { folders } from './folders.ts';
import { idx } from './idx.ts';
import type { Layout } from './layout.ts';
import { personFolders } from './person-folders.ts';
import { pixels } from './pixels.ts';

/** All layouts of competition folders, by name. */
export const layouts: Registry<Layout> = defineRegistry(
  [csv, fileNames, folders, idx, personFolders, pixels],
  {
    kind: 'layout',
  },
);
