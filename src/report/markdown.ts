/** Text from elsewhere, as text in one line or one cell of a table of Markdown: nothing in it is mark-up, nor ends the cell. */
export function cell(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|#]/g, '\\$&').replaceAll(/\s+/g, ' ');
}
