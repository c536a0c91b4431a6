import type { Run } from './schema.ts';

/**
 * What names the build of a run's target: the tag `build`, else the image (its digest without `sha256:`, else the whole
 * reference), else the commit of the folder that the run was started in; null without any.
 */
export function buildOf({ tags, image, environment }: Run): string | null {
  if (tags.build !== undefined) return tags.build;
  if (image !== undefined) return /@sha256:([0-9a-f]{64})$/.exec(image)?.[1] ?? image;
  return environment.gitSha;
}
