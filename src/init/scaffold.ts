import { literal } from './names.ts';
import type { ScaffoldFile } from './render.ts';

export const CI_KINDS = ['github', 'gitlab', 'none'] as const;
/** CI systems that a job is written for. */
export type CiKind = (typeof CI_KINDS)[number];

export interface ScaffoldChoices {
  /** Where the load goes. */
  target: URL;
  /** Whether it was said that it may be loaded, where it is not this machine. */
  owned: boolean;
  ci: CiKind;
  /** Name of the folder. */
  folder: string;
  /** Of Headroom. */
  version: string;
}

/** Versions that the scaffold was tried with. */
const TYPESCRIPT = '^7.0.2';
const K6_TYPES = '^2.2.1';

/** Everything around the service: configuration, package, types, CI. */
export function renderScaffold(choices: ScaffoldChoices): ScaffoldFile[] {
  return [
    { path: 'headroom.config.ts', text: configFile(choices) },
    { path: 'package.json', text: packageFile(choices), shared: true },
    { path: 'tsconfig.json', text: TSCONFIG, shared: true },
    { path: '.gitignore', text: 'node_modules/\n/runs/\n/dist/\n', shared: true },
    ...(choices.ci === 'github' ? [{ path: '.github/workflows/headroom.yml', text: GITHUB }] : []),
    ...(choices.ci === 'gitlab' ? [{ path: '.gitlab-ci.yml', text: GITLAB }] : []),
  ];
}

function configFile({ target, owned }: ScaffoldChoices): string {
  return [
    "import { defineConfig } from 'headroom-k6/config';",
    '',
    'export default defineConfig({',
    '  // Where the load goes; `--target` wins.',
    `  target: ${literal(target.href.replace(/\/+$/, ''))},`,
    "  // `headroom run smoke` is this folder's smoke.ts.",
    "  scenarios: 'scenarios',",
    ...(owned
      ? ['  // Besides this machine, what may be loaded.', `  allowedTargets: [${literal(target.origin)}],`]
      : ["  // Besides this machine, what may be loaded: 'https://staging.example.com'.", '  allowedTargets: [],']),
    '});',
    '',
  ].join('\n');
}

function packageFile({ folder, version }: ScaffoldChoices): string {
  const name =
    folder
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'service';
  const document = {
    name: `${name}-load`,
    private: true,
    type: 'module',
    scripts: { smoke: 'headroom run smoke', load: 'headroom run load', check: 'headroom check' },
    devDependencies: { '@types/k6': K6_TYPES, 'headroom-k6': `^${version}`, typescript: TYPESCRIPT },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const TSCONFIG = `${JSON.stringify(
  {
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2022'],
      module: 'ESNext',
      moduleResolution: 'Bundler',
      types: [],
      strict: true,
      noUncheckedIndexedAccess: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      noEmit: true,
    },
    include: ['*.ts', 'scenarios', 'service'],
  },
  null,
  2,
)}\n`;

/** As ci/github/ does it, with what npm installs. */
const GITHUB = `# Does every change still work under load? The verdict is the job's exit code; the report is an artefact.
name: headroom
on:
  pull_request:
  workflow_dispatch:

permissions:
  contents: read

# Two loads at a time would disturb each other.
concurrency: headroom

jobs:
  smoke:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    env:
      HEADROOM_CACHE: \${{ github.workspace }}/.headroom-cache
      # Secrets of the scenario, as the environment of its steps:
      # API_TOKEN: \${{ secrets.API_TOKEN }}
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with:
          node-version: 24
      - uses: actions/cache@v4
        with:
          path: .headroom-cache
          key: headroom-k6-2.2.0-\${{ runner.os }}-\${{ runner.arch }}
      - run: npm install --no-audit --no-fund
      - run: npx headroom check
      # Start your service here, or set \`target\` in headroom.config.ts to one that is up.
      - run: npx headroom run smoke --markdown gate.md --annotations annotations.txt
      - if: always()
        run: |
          if [ -f gate.md ]; then cat gate.md >> "$GITHUB_STEP_SUMMARY"; fi
          if [ -f annotations.txt ]; then cat annotations.txt; fi
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: headroom
          path: runs
          if-no-files-found: ignore
`;

/** As ci/gitlab.yml does it. */
const GITLAB = `# Does every change still work under load? The verdict is the job's exit code; JUnit shows every objective.
headroom:
  image: node:24-bookworm
  variables:
    HEADROOM_CACHE: $CI_PROJECT_DIR/.headroom/cache
  cache:
    key: headroom-k6-2.2.0
    paths:
      - .headroom/cache
  before_script:
    - npm install --no-audit --no-fund
  script:
    - npx headroom check
    # Start your service here, or set \`target\` in headroom.config.ts to one that is up.
    - >-
      npx headroom run smoke --out .headroom/runs --tag "build=$CI_COMMIT_SHA"
      --junit .headroom/junit.xml --load-performance .headroom/load-performance.json
  # Not enough evidence is a warning. Not measured well (3) is tried again.
  allow_failure:
    exit_codes: 4
  retry:
    max: 1
    exit_codes: 3
  interruptible: true
  # Two loads at a time would disturb each other.
  resource_group: headroom
  artifacts:
    when: always
    expire_in: 30 days
    paths:
      - .headroom/runs
    reports:
      junit: .headroom/junit.xml
      load_performance: .headroom/load-performance.json
`;
