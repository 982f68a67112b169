import { basename, join } from 'node:path';
import { hashBytes } from '@podium/core';
import type { FileRequest } from './cached-file.ts';
import { checkContent } from './check-content.ts';
import { downloadRequest } from './download-request.ts';
import type { Hub } from './open-hub.ts';
import { shownUrl, type WeightsSource } from './weights-source.ts';

const TORCH_ORIGIN = 'https://download.pytorch.org';

/** A file on a web server. torchvision's may come from a mirror. */
export function webFile(hub: Hub, source: WeightsSource & { readonly kind: 'url' }): FileRequest {
  const published = new URL(source.url);
  published.hash = '';
  const { torchMirror } = hub;
  const mirrored = torchMirror !== undefined && published.origin === TORCH_ORIGIN;
  const url = mirrored ? new URL(`${torchMirror}${published.pathname}${published.search}`) : published;
  const name = fileName(published);
  const { sha256Prefix } = source;
  return downloadRequest(hub, {
    // By the published address, also if the file comes from a mirror.
    folder: join(
      hub.cacheFolder,
      'url',
      published.host.replaceAll(/[^\w.-]/g, '_'),
      hashBytes(published.href).slice(0, 16),
    ),
    name,
    sha256: sha256Prefix === false ? undefined : (sha256Prefix ?? prefixFromName(name)),
    check: (path) => checkContent(path, name),
    describe: () => shownUrl(published),
    url,
    token: undefined,
    plainOrigin: mirrored ? url.origin : undefined,
    hubHeaders: false,
    maxBytes: hub.limits.bytes,
    optional: false,
  });
}

function fileName(url: URL): string {
  let name = basename(url.pathname);
  try {
    name = decodeURIComponent(name);
  } catch {
    // A stray % does not make an address invalid.
  }
  return (
    name
      .replaceAll(/[^\w.+-]/g, '_')
      .replace(/^[^A-Za-z0-9_]+/, '')
      .slice(-120) || 'weights'
  );
}

/** The digits in `resnet18-f37072fd.pth`, as torch.hub reads them. A date such as 20210412 is not a checksum. */
function prefixFromName(name: string): string | undefined {
  const digits = /-([0-9a-f]{8,64})\.[A-Za-z]\w*$/.exec(name)?.[1];
  const isDate = /^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(digits ?? '');
  return isDate ? undefined : digits;
}
