import { open, stat } from 'node:fs/promises';
import { hashBytes } from '@podium/core';
import type { ObjectStat, Objects } from './objects.ts';
import { type S3Access, S3Bucket, type S3Options } from './s3-request.ts';

/** Larger files are sent in parts of this size. S3 takes up to 10,000 parts of at least 5 MiB. */
const PART_BYTES = 16 << 20;
const MAX_PARTS = 10_000;

export interface S3ObjectsOptions extends S3Options {
  readonly partBytes?: number;
}

/**
 * Objects in a bucket of any S3-compatible service that knows conditional writes (`If-None-Match: *`).
 * @param place bucket and prefix: `bucket/a/b`
 * @throws as {@link S3Bucket.send}
 */
export function s3Objects(place: string, access: S3Access, options: S3ObjectsOptions = {}): Objects {
  const [bucketName = '', ...folders] = place.split('/').filter((part) => part !== '');
  const bucket = new S3Bucket(bucketName, access, options);
  const prefix = folders.map((folder) => `${folder}/`).join('');
  const write: Objects['write'] = async (path, bytes, { ifAbsent = false } = {}) => {
    const key = prefix + path;
    const answer = await bucket.send({
      method: 'PUT',
      key,
      body: bytes,
      ...(ifAbsent && { headers: { 'if-none-match': '*' }, expected: [412] }),
    });
    await answer.body?.cancel();
    return answer.status !== 412;
  };
  const read: Objects['read'] = async (path) => {
    const answer = await bucket.send({ method: 'GET', key: prefix + path, expected: [404] });
    return answer.status === 404 ? absent(answer) : Buffer.from(await answer.arrayBuffer());
  };
  return {
    name: `s3://${[bucketName, ...folders].join('/')}`,
    stat: async (path) => {
      const answer = await bucket.send({ method: 'HEAD', key: prefix + path, expected: [404] });
      if (answer.status === 404) return undefined;
      const { headers } = answer;
      return {
        size: Number(headers.get('content-length')),
        ageMs: ageOf(headers.get('last-modified'), headers),
      };
    },
    read,
    stream: async (path) => {
      const answer = await bucket.send({ method: 'GET', key: prefix + path, expected: [404] });
      return answer.status === 404 ? absent(answer) : (answer.body as unknown as AsyncIterable<Uint8Array>);
    },
    write,
    writeFile: async (path, file, sha256) => {
      const { size } = await stat(file);
      const partBytes = Math.max(options.partBytes ?? PART_BYTES, Math.ceil(size / MAX_PARTS));
      await inParts(bucket, prefix + path, file, size, partBytes, sha256);
    },
    remove: async (path) => {
      const answer = await bucket.send({ method: 'DELETE', key: prefix + path, expected: [404] });
      await answer.body?.cancel();
    },
    list: (below) => list(bucket, prefix, below),
  };
}

async function absent(answer: Response): Promise<undefined> {
  await answer.body?.cancel();
}

/** Age by the service's own clock, which stamps objects and answers. */
function ageOf(modified: string | null, headers: Headers): number {
  const [written, now] = [Date.parse(modified ?? ''), Date.parse(headers.get('date') ?? '')];
  return Number.isNaN(now - written) ? 0 : Math.max(0, now - written);
}

async function inParts(
  bucket: S3Bucket,
  key: string,
  file: string,
  size: number,
  partBytes: number,
  sha256: string,
): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const part = async (start: number): Promise<Buffer> => {
      const bytes = Buffer.allocUnsafe(Math.min(partBytes, size - start));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) return bytes.subarray(0, filled);
        filled += bytesRead;
      }
      return bytes;
    };
    if (size <= partBytes) {
      const answer = await bucket.send({ method: 'PUT', key, body: await part(0), sha256 });
      await answer.body?.cancel();
      return;
    }
    const created = await bucket.send({ method: 'POST', key, query: { uploads: '' } });
    const uploadId = tag(await created.text(), 'UploadId') ?? '';
    try {
      const etags: string[] = [];
      for (let start = 0; start < size; start += partBytes) {
        const body = await part(start);
        const query = { partNumber: String(etags.length + 1), uploadId };
        const answer = await bucket.send({ method: 'PUT', key, query, body, sha256: hashBytes(body) });
        etags.push(answer.headers.get('etag') ?? '');
        await answer.body?.cancel();
      }
      const parts = etags.map(
        (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      const answer = await bucket.send({ method: 'POST', key, query: { uploadId }, body });
      await answer.text();
    } catch (error) {
      // Parts of an upload that is neither completed nor aborted are kept, and paid for.
      await bucket.send({ method: 'DELETE', key, query: { uploadId }, expected: [404] }).catch(() => {});
      throw error;
    }
  } finally {
    await handle.close();
  }
}

async function* list(
  bucket: S3Bucket,
  prefix: string,
  below: string,
): AsyncGenerator<ObjectStat & { readonly path: string }, void> {
  for (let token: string | undefined, more = true; more; ) {
    const query = {
      'list-type': '2',
      prefix: prefix + below,
      ...(token !== undefined && { 'continuation-token': token }),
    };
    const answer = await bucket.send({ method: 'GET', key: '', query });
    const text = await answer.text();
    for (const [, content = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      const key = tag(content, 'Key') ?? '';
      const ageMs = ageOf(tag(content, 'LastModified') ?? null, answer.headers);
      yield { path: key.slice(prefix.length), size: Number(tag(content, 'Size')), ageMs };
    }
    token = tag(text, 'NextContinuationToken');
    more = token !== undefined;
  }
}

/** The text of an element. */
function tag(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
