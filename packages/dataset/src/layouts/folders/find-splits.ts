import { listNames } from '../../folder/list-names.ts';
import { type SplitRole, splitName } from '../../folder/split-names.ts';
import type { Notes } from '../notes.ts';
import { type SettingChoice, UnclearSetting } from '../unclear-setting.ts';
import type { FolderNode } from './folder-tree.ts';

/** The folders of the splits, as prefixes with a trailing `/`; empty for the root. */
export interface SplitFolders {
  readonly train: string;
  readonly validation: string | undefined;
  readonly test: string | undefined;
}

/** What the settings say: a prefix, or false for none. */
export interface GivenSplits {
  readonly train?: string | undefined;
  readonly validation?: string | false | undefined;
  readonly test?: string | false | undefined;
}

/** Names of folders that only hold images. */
const PLAIN = /^(images?|imgs?|pics?|photos?|data|dataset|jpe?gs?|pngs?|files)$/i;

/**
 * Finds the folders of the splits by their names, at the top only: below them, any name is a class. An archive may have
 * added a folder around them, or have doubled them (`seg_train/seg_train`).
 * @throws UnclearSetting `layout-several-folders` if several folders fit a split, `layout-unclear-folders` if a name may
 * stand for a split or for a class
 */
export function findSplits(root: FolderNode, given: GivenSplits, notes?: Notes): SplitFolders {
  const top = unwrapped(root);
  const roles = given.train === undefined ? splitsAmong(top) : splitsBeside(top, given.train);
  const train = given.train ?? trainFolder(root, top, roles, notes);
  const find = (role: 'validation' | 'test', option: string | false | undefined) => {
    if (option === false) return undefined;
    if (option !== undefined) return option;
    const found = roles.filter((candidate) => candidate.role === role && candidate.node.prefix !== train);
    if (found.length > 1) severalFolders(role, found, true);
    if (found.length === 0) return undefined;
    return foldedPrefix(found[0]!.node, role, notes);
  };
  const test = find('test', given.test);
  return { train, validation: find('validation', given.validation), test };
}

/** A split's folder without those that repeat its name: `seg_train/seg_train`, `train/train_images`. */
export function folded(node: FolderNode): FolderNode {
  const [only, ...others] = node.children;
  if (only === undefined || others.length > 0) return node;
  const role = splitName(node.name)?.role;
  const isRepeated = only.name.toLowerCase() === node.name.toLowerCase();
  const isSame = role !== undefined && splitName(only.name)?.role === role;
  const isPlain = PLAIN.test(only.name) && only.children.length > 1;
  // A class may be called like its split, but one class alone is none.
  return isRepeated || isSame || isPlain ? folded(only) : node;
}

interface Candidate {
  readonly node: FolderNode;
  readonly role: SplitRole;
}

/** Skips folders that only contain another one, up to the one that contains classes or splits. */
function unwrapped(node: FolderNode): FolderNode {
  const [only, ...others] = node.children;
  const isWrapper =
    only !== undefined &&
    others.length === 0 &&
    only.children.length > 0 &&
    splitName(only.name) === undefined &&
    node.own * 10 <= only.all;
  return isWrapper ? unwrapped(only) : node;
}

/** What is set as the training folder has classes, whatever their names. */
function splitsBeside({ children }: FolderNode, train: string): Candidate[] {
  return rolesOf(
    children.filter(({ prefix }) => !train.startsWith(prefix) && !prefix.startsWith(train)),
    true,
  );
}

/**
 * The folders that are named like splits. A name with more words, such as `test_tube`, is one if another split has the same
 * words (`seg_train` and `seg_test`), if there is nothing else, or beside a training folder that contains classes.
 */
function rolesOf(tops: readonly FolderNode[], hasTrain: boolean = false): Candidate[] {
  const named = tops.flatMap((node) => {
    const name = splitName(node.name);
    return name === undefined ? [] : [{ node, ...name }];
  });
  const isTrain = ({ node, role }: Candidate) => role === 'train' && folded(node).children.length > 1;
  const besideTrain = hasTrain || named.some(isTrain);
  return named.filter(
    (own) =>
      own.words === '' ||
      tops.length === 1 ||
      named.some(({ role, words }) => role !== own.role && words === own.words) ||
      (own.role === 'train' ? isTrain(own) : besideTrain),
  );
}

/** The splits at the top, or none if the folders there are classes. */
function splitsAmong(top: FolderNode): Candidate[] {
  const { children } = top;
  const roles = rolesOf(children);
  const trains = roles.filter(({ role }) => role === 'train');
  const isRole = (node: FolderNode) => roles.some((candidate) => candidate.node === node);
  const others = children.filter((node) => !isRole(node));
  if (others.length === 0) return roles;
  if (trains.length > 0) {
    if (trains.some(({ node }) => folded(node).children.length > 1)) {
      const classes = new Set(trains.flatMap(({ node }) => folded(node).children.map(({ name }) => name)));
      const isAlike = ({ children: inside }: FolderNode) =>
        inside.length > 0 && inside.every(({ name }) => classes.has(name));
      if (roles.length > trains.length || others.every(isAlike)) return roles;
      return unclearNames(top, roles, others);
    }
    // Images of all classes in one folder: a table has the labels.
    if (roles.length > trains.length) return roles;
    // COCO, CIFAR-100 and others have a class of trains.
    if (others.length > 1) return [];
    return unclearNames(top, roles, others);
  }
  // A folder of test images beside the classes; a validation folder must have the same classes.
  const names = new Set(others.map(({ name }) => name));
  const unsure = roles.filter(
    ({ role, node }) => role === 'validation' && !folded(node).children.some(({ name }) => names.has(name)),
  );
  return unsure.length > 0 ? unclearNames(top, unsure, others) : roles;
}

/** Where the class folders are. */
function trainFolder(
  root: FolderNode,
  top: FolderNode,
  roles: readonly Candidate[],
  notes: Notes | undefined,
): string {
  const trains = roles.filter(({ role }) => role === 'train');
  if (trains.length > 1) severalFolders('train', trains, false);
  if (trains.length === 1) {
    const { node } = trains[0]!;
    assertClasses(folded(node), folded(node).children);
    return foldedPrefix(node, 'train', notes);
  }
  const isSplit = (node: FolderNode) => roles.some((candidate) => candidate.node === node);
  const classes = top.children.filter((node) => !isSplit(node));
  if (classes.length === 0 && roles.length > 0) noTrainFolder(top, roles);
  const inside = classes.filter(hasSplits);
  if (inside.length * 2 > classes.length) splitsInClasses(top, inside);
  assertClasses(top, classes);
  if (top.children.length > 0) {
    const own = classes.filter(({ name }) => splitName(name)?.words === '').map(({ name }) => name);
    notes?.decide(
      'train',
      settingOf(top),
      own.length === 0
        ? `the folders ${top === root ? 'at the top' : `in ${settingOf(top)}`} are not named like splits, so each is a class`
        : `${own.join(', ')} ${own.length === 1 ? 'lies' : 'lie'} beside other folders of images, so each folder is a class`,
    );
  }
  return top.prefix;
}

/**
 * Rejects folders that may be something else than classes: a copy of all classes among them, or folders that contain the
 * same folders: domains, folds, `images` and `masks`.
 */
function assertClasses(place: FolderNode, classes: readonly FolderNode[]): void {
  const names = new Set(classes.map(({ name }) => name));
  const copies = classes.filter(
    ({ children }) => children.length > 1 && children.every(({ name }) => names.has(name)),
  );
  if (copies.length > 0 && classes.length > copies.length) {
    classesAgain(place, copies, `${listNames(copies.map(settingOf))} has the same folders again`);
  }
  const nested = classes.filter(({ children }) => children.length > 1);
  const common = nested.reduce<readonly string[] | undefined>((before, { children }) => {
    const own = children.map(({ name }) => name);
    return before === undefined ? own : before.filter((name) => own.includes(name));
  }, undefined);
  if (nested.length < 2 || nested.length * 2 < classes.length || (common ?? []).length < 2) return;
  classesAgain(place, nested, `${listNames(nested.map(settingOf))} all contain ${listNames(common!)}`);
}

function classesAgain(place: FolderNode, nodes: readonly FolderNode[], message: string): never {
  const choices = [place, ...nodes.slice(0, 3)].map((node) =>
    choiceOf(node, 'every folder in it is a class'),
  );
  throw new UnclearSetting('train', choices, {
    code: 'layout-unclear-folders',
    message,
    expected: 'one folder per class',
    got: listNames(place.children.map(({ name }) => name)),
  });
}

function foldedPrefix(node: FolderNode, role: SplitRole, notes: Notes | undefined): string {
  const target = folded(node);
  const named = `its name stands for ${role === 'train' ? 'training' : role}`;
  const extra = target === node ? '' : `; ${settingOf(node)} contains nothing else`;
  const joins =
    role === 'validation'
      ? `; its ${target.all} images join the training rows, since folds are made again (false leaves them out)`
      : '';
  notes?.decide(role, settingOf(target), `${named}${extra}${joins}`);
  return target.prefix;
}

/** As a user writes it in the settings. */
function settingOf({ prefix }: FolderNode): string {
  return prefix === '' ? '.' : prefix.slice(0, -1);
}

function hasSplits({ children }: FolderNode): boolean {
  const roles = new Set(
    children.flatMap(({ name }) => {
      const split = splitName(name);
      return split?.words === '' ? [split.role] : [];
    }),
  );
  return roles.has('train') && roles.size > 1;
}

const MEANING: Readonly<Record<SplitRole, string>> = {
  train: 'training images',
  validation: 'validation images',
  test: 'test images',
};

function severalFolders(role: SplitRole, found: readonly Candidate[], optional: boolean): never {
  const choices = found.map(({ node }) => choiceOf(node, `${node.all} images`));
  throw new UnclearSetting(role, optional ? [...choices, { value: false, label: 'none of them' }] : choices, {
    code: 'layout-several-folders',
    message: `several folders may have the ${MEANING[role]}`,
    expected: 'one folder',
    got: found.map(({ node }) => settingOf(node)).join(', '),
  });
}

function unclearNames(top: FolderNode, roles: readonly Candidate[], others: readonly FolderNode[]): never {
  const names = roles.map(({ node }) => node.name);
  const trains = roles.filter(({ role }) => role === 'train');
  throw new UnclearSetting(
    'train',
    [
      choiceOf(top, 'every folder in it is a class'),
      ...trains.map(({ node }) => choiceOf(node, 'every folder in it is a class')),
    ],
    {
      code: 'layout-unclear-folders',
      message: `${names.map((name) => JSON.stringify(name)).join(', ')} may stand for a split or for a class`,
      expected: 'folders of splits, or folders of classes',
      got: listNames([...names, ...others.map(({ name }) => name)]),
    },
  );
}

function noTrainFolder(top: FolderNode, roles: readonly Candidate[]): never {
  const nested = roles.filter(({ node }) => folded(node).children.length > 1);
  throw new UnclearSetting(
    'train',
    [
      choiceOf(top, 'every folder in it is a class'),
      ...nested.map(({ node }) => choiceOf(node, 'every folder in it is a class')),
    ],
    {
      code: 'layout-unclear-folders',
      message: 'no folder is named like one of training images',
      expected: 'a folder such as train, or class folders',
      got: listNames(roles.map(({ node }) => settingOf(node))),
    },
  );
}

function splitsInClasses(top: FolderNode, classes: readonly FolderNode[]): never {
  throw new UnclearSetting('train', [choiceOf(top, 'train on all of their images')], {
    code: 'layout-unclear-folders',
    message: 'the splits are folders inside of the class folders',
    expected: 'train/CLASS and test/CLASS: move the folders',
    got: listNames(classes[0]!.children.map((child) => settingOf(child))),
  });
}

function choiceOf(node: FolderNode, label: string): SettingChoice {
  return { value: settingOf(node), label };
}
