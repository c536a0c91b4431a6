import type { Run } from '../../results/schema.ts';
import { type Html, html, isolated } from '../html.ts';
import { checkName } from '../sentences.ts';
import { section, state, table } from './parts.ts';

/** The target's own books after the run: failed checks first. */
export function auditSection({ audit }: Run): Html {
  if (audit === null) return section('audit', 'Audit', html`<p class="note">The target was not audited.</p>`);
  const held = audit.checks.filter(({ ok }) => ok);
  const failed = audit.checks.filter(({ ok }) => !ok);
  return section(
    'audit',
    'Audit',
    table({
      labelledBy: 'audit',
      caption: `What the target holds after the run, compared with what it must hold: ${held.length} of ${audit.checks.length} checks held.`,
      columns: [
        { title: 'Check', text: true },
        { title: 'Expected' },
        { title: 'Observed' },
        { title: 'Verdict', text: true },
      ],
      rows: [...failed, ...held].map(
        ({ name, ok, expected, observed }) =>
          html`<tr><th scope="row" class="wrap">${isolated(checkName(name))}</th><td>${shown(expected)}</td><td>${shown(observed)}</td><td class="text">${ok ? state('ok', 'held') : state('no', 'failed')}</td></tr>`,
      ),
    }),
    'long',
  );
}

/** Exact: an audit compares to the last digit. */
function shown(value: number | string): Html {
  return typeof value === 'string'
    ? isolated(value)
    : html`${value.toLocaleString('en-GB', { maximumFractionDigits: 20 })}`;
}
