import { readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import {
  compareCodeUnits,
  fileError,
  type Omission,
  openFile,
  type WalkOptions,
  walkFolder,
} from '@podium/core';
import { IMAGE_EXTENSION, isImage, SIGNATURE_LENGTH } from '../decode/file-format.ts';

/** Files and folders that operating systems and network drives leave behind, in lower case. */
const SYSTEM_FILES: ReadonlySet<string> = new Set([
  '__macosx',
  'thumbs.db',
  'ehthumbs.db',
  'ehthumbs_vista.db',
  'desktop.ini',
  'picasa.ini',
  'icon\r',
  '$recycle.bin',
  'recycler',
  'system volume information',
  'lost+found',
  'found.000',
  '@eadir',
  '@recycle',
  '@recently-snapshot',
  '@tmp',
  '#recycle',
  '#snapshot',
  'network trash folder',
  'temporary items',
  '__pycache__',
]);
const TABLE = /\.(csv|tsv)$/i;
/** Files that are not images whatever their first bytes are, so that annotations by the thousand are not opened. */
const OTHER =
  /\.(txt|md|rst|html?|xml|json|jsonl|ya?ml|toml|ini|cfg|log|pdf|docx?|xlsx?|pptx?|ods|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|py|ipynb|js|ts|m|r|sh|sql|mat|np[yz]|h5|hdf5|pkl|pickle|pth?|onnx|pb|safetensors|parquet|feather|arrow|db|sqlite|tfrecords?|lmdb|mdb|mp[34]|avi|mov|mkv|wav|sha\d+|md5|crc|lock|license)$/i;
/** What editors and unfinished downloads add to a name. */
const LEFTOVER = /(\.(part|partial|crdownload|opdownload|download|tmp|bak|orig|swp)|~)$/i;
/** Hidden folders in which programs keep their own files, by the thousand. */
const STORES = /(^|\/)\.(git|svn|hg|dvc|podium|cache|venv)\/$/;
const READ_AT_ONCE = 16;

export type FolderOptions = Pick<WalkOptions, 'allowOutsideLinks'>;

/** The files of a competition folder: paths relative to the root, with `/`, sorted by code units. */
export interface CompetitionFolder {
  /** Absolute, links resolved. */
  readonly root: string;
  /** The path as the user wrote it. */
  readonly given: string;
  readonly files: readonly string[];
  /** By extension, or else by their first bytes; of any format, whether or not it can be decoded. */
  readonly images: readonly string[];
  readonly tables: readonly string[];
  /** All subfolders, also empty ones. */
  readonly folders: readonly string[];
  /** Files that look like images but are left out, since systems and programs make them: `@eaDir/1.jpg`, `._1.jpg`. */
  readonly ignored: readonly string[];
}

/**
 * Lists a folder and its subfolders, without hidden files and files of the operating system.
 * @throws PodiumError `folder-outside-link` for a link that leads out of the folder; what `walkFolder` throws
 */
export async function openFolder(path: string, options: FolderOptions = {}): Promise<CompetitionFolder> {
  try {
    const walked = await walkFolder(path, { ...options, leavesOut: isLeftBehind });
    const { root } = walked;
    const files = walked.files.toSorted(compareCodeUnits);
    const ignored: string[] = [];
    for (const { path: name, isFolder } of walked.leftOut) {
      if (isFolder) for (const image of await imagesBelow(join(root, name), `${name}/`)) ignored.push(image);
      else if (looksLikeImage(basename(name))) ignored.push(name);
    }
    const more = new Set(await imagesByContent(root, files));
    return {
      root,
      given: path,
      files,
      images: files.filter((file) => IMAGE_EXTENSION.test(file) || more.has(file)),
      tables: files.filter((file) => TABLE.test(file)),
      folders: walked.folders.toSorted(compareCodeUnits),
      ignored: ignored.sort(compareCodeUnits),
    };
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** What a folder leaves out although it looks like an image. */
export function ignoredImages({ images, ignored }: CompetitionFolder): Omission[] {
  if (ignored.length === 0) return [];
  return [
    {
      what: 'files',
      count: ignored.length,
      of: images.length + ignored.length,
      reason: 'systems and programs make such hidden files, thumbnails and trash',
      examples: ignored.slice(0, 3),
    },
  ];
}

/** The images in a folder that is left out; none if it cannot be read, such as `lost+found`. */
async function imagesBelow(folder: string, prefix: string): Promise<string[]> {
  if (STORES.test(prefix)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && IMAGE_EXTENSION.test(entry.name))
    .map((entry) => `${prefix}${relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')}`);
}

/** Files with the first bytes of an image among those whose extension does not tell. */
async function imagesByContent(root: string, files: readonly string[]): Promise<string[]> {
  const unclear = files.filter(
    (file) => !IMAGE_EXTENSION.test(file) && !TABLE.test(file) && !OTHER.test(file),
  );
  const found: string[] = [];
  const queue = unclear.values();
  const work = async () => {
    for (const file of queue) if (isImage(await firstBytes(join(root, file)))) found.push(file);
  };
  await Promise.all(Array.from({ length: Math.min(READ_AT_ONCE, unclear.length) }, work));
  return found;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await openFile(path).catch(() => undefined);
  if (file === undefined) return new Uint8Array();
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SIGNATURE_LENGTH), 0, SIGNATURE_LENGTH, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function isLeftBehind(name: string): boolean {
  return name.startsWith('.') || SYSTEM_FILES.has(name.toLowerCase()) || LEFTOVER.test(name);
}

function looksLikeImage(name: string): boolean {
  return IMAGE_EXTENSION.test(name.replace(LEFTOVER, ''));
}
