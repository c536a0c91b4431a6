/** A plan as one HTML file that holds all it needs, loads nothing and runs no script. */
import { createHash } from 'node:crypto';
import { Html, html } from '../report/html.ts';
import { contents, SKIP_LINK } from '../report/sections/parts.ts';
import { STYLE } from '../report/style.ts';
import { DRAWING_STYLE } from './charts/style.ts';
import { headline } from './figures.ts';
import type { Plan } from './schema.ts';
import { responseSection, scalabilitySection } from './sections/curves.ts';
import {
  adviceSection,
  assumptionsSection,
  resourcesSection,
  sourceSection,
  trialsSection,
} from './sections/evidence.ts';
import { headerOf } from './sections/header.ts';
import { changesSection, demandSection } from './sections/outlook.ts';

const PAGE_STYLE = `${STYLE}${DRAWING_STYLE}`;

/** W3C Content Security Policy Level 3, section 6.7.3: nothing but this style, known by its hash. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** The same plan gives the same file. */
export function planPage(plan: Plan): string {
  const advice = adviceSection(plan);
  const sections: (readonly [id: string, title: string, content: Html])[] = [
    ...(advice === null ? [] : [['advice', 'What to do next', advice] as const]),
    ['demand', 'Demand ahead', demandSection(plan)],
    ['changes', 'What changes would buy', changesSection(plan)],
    ['response', 'Response over load', responseSection(plan)],
    ['scalability', 'Scalability', scalabilitySection(plan)],
    ['resources', 'Resources', resourcesSection(plan)],
    ['trials', 'Trials', trialsSection(plan)],
    ['assumptions', 'What it holds for', assumptionsSection(plan)],
    ['source', 'The search behind it', sourceSection(plan)],
  ];
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Capacity plan: ${headline(plan)}</title><style>${new Html(PAGE_STYLE)}</style></head>
<body>${SKIP_LINK}${headerOf(plan)}
${contents(sections.map(([id, title]) => [id, title]))}
<main id="content" tabindex="-1">${sections.map(
    ([, , content]) => html`${content}
`,
  )}</main>
<footer><p>Made by Headroom from search ${plan.source.id}.</p></footer></body></html>
`.text;
}
