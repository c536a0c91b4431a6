import type { ChartContent } from './chart.ts';

/** RFC 4180. A text that a spreadsheet would take for a formula is set apart by an apostrophe. */
function csvOf(rows: readonly (readonly (string | number | null)[])[]): string {
  const field = (value: string | number | null): string => {
    if (value === null) return '';
    if (typeof value === 'number') return String(value);
    const text = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** The lines of a chart as they are drawn, within the stretch that is shown. */
export function rowsOfChart(
  { data, styles }: ChartContent,
  view: readonly [number, number] | null,
): (string | number | null)[][] {
  const rows = data.seconds.flatMap((second, i) =>
    view !== null && (second < view[0] || second > view[1])
      ? []
      : [[second, ...styles.map((_, line) => data.lines[line]?.[i] ?? null)]],
  );
  return [['seconds', ...styles.map(({ label }) => label)], ...rows];
}

/** A table of the page; cells that carry an exact value, or several, give those, and pictures nothing. */
export function rowsOfTable(table: HTMLTableElement): string[][] {
  return [...table.rows].map((row) =>
    [...row.cells]
      .filter((cell) => !cell.classList.contains('spark-column'))
      .flatMap(({ dataset, textContent }): string[] =>
        dataset.values === undefined
          ? [dataset.value ?? (textContent ?? '').replaceAll(/\s+/g, ' ').trim()]
          : JSON.parse(dataset.values),
      ),
  );
}

/**
 * A button that saves a file made by the page.
 *
 * @param of what it saves: in words, or a heading whose words may change
 */
export function saveButton(
  of: string | HTMLElement,
  nameOf: () => string,
  rows: () => (string | number | null)[][],
): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'saves';
  button.textContent = 'CSV';
  if (typeof of === 'string') button.setAttribute('aria-label', `CSV: ${of}`);
  else {
    button.id = `${of.id}-csv`;
    button.setAttribute('aria-labelledby', `${button.id} ${of.id}`);
  }
  button.addEventListener('click', () => {
    const url = URL.createObjectURL(new Blob([csvOf(rows())], { type: 'text/csv' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${nameOf()}.csv`;
    link.click();
    // Only when the browser has taken it.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  });
  return button;
}
