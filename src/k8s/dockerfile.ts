import { PINNED_K6 } from '../k6/version.ts';
import { headroomVersion } from '../run/environment.ts';

/** Folder of the real k6 in the image, away from the PATH. */
const K6_FOLDER = '/opt/k6';

/** Of grafana/k6 at that version, as k6-operator 1.6.0 pins it (Dockerfile.runner). */
const K6_DIGEST = 'sha256:9bd01d6941fca969cb61bb57d2da5ee9b385fe2aa8881df3798c196564d6ace6';

/** The image that is used when none is named: as the Dockerfile says to tag it, without a registry. */
export function runnerImage(): string {
  return `headroom-runner:${headroomVersion()}`;
}

/**
 * Dockerfile of the runners' image: Headroom's, and under the name of k6 the program that runs it as k6-operator asks. k6 itself
 * comes from its makers' image when whoever needs it builds this one: it is AGPL, and no part of ours.
 */
export function runnerDockerfile(): string {
  return `# Runners of k6-operator that measure with Headroom. k6 is its makers' work (AGPL-3.0): it is copied from their image when you
# build yours. Build Headroom's image first (deploy/toolkit/Dockerfile), then this one, and push it where your cluster pulls from:
#   docker build --tag registry.example.com/${runnerImage()} .
ARG HEADROOM_IMAGE=headroom:${headroomVersion()}

FROM grafana/k6:${PINNED_K6}@${K6_DIGEST} AS k6

FROM \${HEADROOM_IMAGE}
USER root
COPY --from=k6 /usr/bin/k6 ${K6_FOLDER}/k6
RUN chmod 755 /opt/headroom/dist/cli/k6.js && ln -s /opt/headroom/dist/cli/k6.js /usr/local/bin/k6
ENV K6_PATH=${K6_FOLDER}/k6
USER 1000:1000
ENTRYPOINT ["k6"]
`;
}
