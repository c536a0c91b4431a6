/** Light or dark: the reader's setting until the button is used. Nothing is stored: a file may have no storage. */
export class Theme {
  readonly #root = document.documentElement;
  readonly #system = window.matchMedia('(prefers-color-scheme: dark)');
  readonly #button: HTMLButtonElement | null;
  readonly #onChange: () => void;

  constructor(button: HTMLButtonElement | null, onChange: () => void) {
    this.#button = button;
    this.#onChange = onChange;
    button?.addEventListener('click', () => this.#set(this.#isDark() ? 'light' : 'dark'));
    this.#system.addEventListener('change', () => this.#set(this.#root.dataset.theme));
    this.#label();
  }

  #isDark(): boolean {
    return this.#root.dataset.theme === undefined ? this.#system.matches : this.#root.dataset.theme === 'dark';
  }

  #set(theme: string | undefined): void {
    if (theme !== undefined) this.#root.dataset.theme = theme;
    this.#label();
    this.#onChange();
  }

  #label(): void {
    if (this.#button) this.#button.textContent = this.#isDark() ? 'Light' : 'Dark';
  }
}
