import { type Html, html, isolated, type Part } from '../html.ts';

/** A landmark of the page with its heading. */
export function section(id: string, title: string, content: Part, className = ''): Html {
  return html`<section id="${id}-section"${className === '' ? null : html` class="${className}"`} aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}</section>`;
}

export interface Column {
  title: string;
  /** Words are set to the left, numbers to the right. */
  text?: boolean;
  className?: string;
  /** Titles of the columns that it stands for in a CSV file, where its cells hold several values. */
  csv?: readonly string[];
}

/** A table that scrolls inside its own frame when the screen is narrow; the frame can be reached and moved by keyboard. */
export function table(spec: { labelledBy: string; caption: Part; columns: readonly Column[]; rows: Part }): Html {
  const heads = spec.columns.map(({ title, text, className, csv }) => {
    const classes = [text ? 'text' : '', className ?? ''].filter((name) => name !== '').join(' ');
    const values = csv === undefined ? null : html` data-values="${JSON.stringify(csv)}"`;
    return html`<th scope="col"${classes === '' ? null : html` class="${classes}"`}${values}>${title}</th>`;
  });
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="${spec.labelledBy}"><table>
<caption><span>${spec.caption}</span></caption>
<thead><tr>${heads}</tr></thead>
<tbody>${spec.rows}</tbody></table></div>`;
}

const SIGNS = { ok: '✓', no: '✗', unknown: '–' } as const;

/** Whether something held, or that nobody knows: in a word, a sign and a colour. */
export function state(kind: keyof typeof SIGNS, word: string): Html {
  return html`<span class="state ${kind}"><span aria-hidden="true">${SIGNS[kind]} </span><span class="word">${word}</span></span>`;
}

/** Terms with their values, set in columns. */
export function details(entries: readonly (readonly [term: string, value: Part])[]): Html {
  return html`<dl class="details">${entries.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** An endpoint's name that leads to its charts; the page's script reads the fragment. */
export function endpointLink(name: string, text: string = name): Html {
  return html`<a href="#endpoint=${encodeURIComponent(name)}">${isolated(text)}</a>`;
}

/** The same, or the name alone where the page has no charts of it. */
export function endpointName(name: string, charted: ReadonlySet<string>): Html {
  return charted.has(name) ? endpointLink(name) : isolated(name);
}

/**
 * Titles of the sections of a page, each a link to it.
 *
 * @param home address of the list that the page is one of; null for a file of its own
 */
export function contents(entries: readonly (readonly [id: string, title: string])[], home: string | null = null): Html {
  return html`<nav class="contents" aria-label="Contents"><ol>${home === null ? null : html`<li><a href="${home}">All runs</a></li>`}${entries.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>`;
}

/** The first link of a page: past the head, to what it says. */
export const SKIP_LINK = html`<a class="skip" href="#content">Skip to the content</a>`;
