import { fileURLToPath } from 'node:url';
import { PodiumError } from '@podium/core';
import { type ArtifactStore, artifactStore } from './artifact-store.ts';
import { folderObjects } from './folder-objects.ts';
import { s3Objects } from './s3-objects.ts';

/**
 * Opens a store of artifacts: `s3://bucket/prefix`, or a folder. Access to S3 comes from the environment, with the names
 * that Amazon's tools use: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3.
 * @throws PodiumError `s3-no-credentials`, `artifacts-place`
 */
export function openArtifacts(place: string, env: NodeJS.ProcessEnv = process.env): ArtifactStore {
  if (place.startsWith('file://')) return artifactStore(folderObjects(fileURLToPath(place)));
  if (!/^[a-z][a-z0-9+]+:\/\//i.test(place)) return artifactStore(folderObjects(place));
  if (!/^s3:\/\/[^/]+/.test(place)) {
    throw new PodiumError({
      code: 'artifacts-place',
      message: 'this is no place for artifacts',
      expected: 'a folder, or s3://bucket/prefix',
      got: JSON.stringify(place),
    });
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new PodiumError({
      code: 's3-no-credentials',
      path: { file: place },
      message: 'there are no credentials for S3',
      expected: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment',
      fix: 'set both, and AWS_REGION; for services other than Amazon also AWS_ENDPOINT_URL_S3',
    });
  }
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1';
  const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL ?? `https://s3.${region}.amazonaws.com`;
  const access = { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN, region, endpoint };
  return artifactStore(s3Objects(place.slice('s3://'.length), access));
}
