import { compareCodeUnits } from '@podium/core';

/** A folder with images in it or below it. */
export interface FolderNode {
  readonly name: string;
  /** With a trailing `/`; empty for the root. */
  readonly prefix: string;
  /** Images directly inside. */
  readonly own: number;
  /** Images inside and below. */
  readonly all: number;
  /** Subfolders with images, sorted by name. */
  readonly children: readonly FolderNode[];
}

/** The folders that contain images. */
export function folderTree(images: readonly string[]): FolderNode {
  const root = emptyNode('', '');
  for (const path of images) {
    const parts = path.split('/').slice(0, -1);
    let node = root;
    node.all++;
    for (const part of parts) {
      let child = node.byName.get(part);
      if (child === undefined) {
        child = emptyNode(part, `${node.prefix}${part}/`);
        node.byName.set(part, child);
      }
      node = child;
      node.all++;
    }
    node.own++;
  }
  return finished(root);
}

/** The node of a prefix, or undefined if it has no images. */
export function nodeAt(root: FolderNode, prefix: string): FolderNode | undefined {
  let node: FolderNode | undefined = root;
  for (const part of prefix.split('/').filter((item) => item !== ''))
    node = node?.children.find(({ name }) => name === part);
  return node;
}

interface Growing {
  readonly name: string;
  readonly prefix: string;
  own: number;
  all: number;
  readonly byName: Map<string, Growing>;
}

function emptyNode(name: string, prefix: string): Growing {
  return { name, prefix, own: 0, all: 0, byName: new Map() };
}

function finished({ name, prefix, own, all, byName }: Growing): FolderNode {
  const children = [...byName.values()].map(finished).sort((a, b) => compareCodeUnits(a.name, b.name));
  return { name, prefix, own, all, children };
}
