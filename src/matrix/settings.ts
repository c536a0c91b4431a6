import { HeadroomError } from '../errors.ts';

/** One setting of the app's switches that is to be measured. */
export interface Setting {
  /** For people: `shards=4 cache=memory`. */
  name: string;
  /** Switches of the app. */
  args: string[];
}

/**
 * Reads settings: each is a list of switches with commas between, `shards=4,cache=memory`; `sick` alone is `sick=on`; an
 * empty text is the app without switches.
 *
 * @param texts one for each setting
 * @param common switches of all of them, as the app takes them
 * @throws HeadroomError SETTING_INVALID
 */
export function parseSettings(texts: readonly string[], common: readonly string[] = []): Setting[] {
  return texts.map((text) => {
    const pairs = text
      .split(',')
      .map((pair) => pair.trim())
      .filter((pair) => pair !== '');
    const args = pairs.map((pair) => {
      if (!/^[a-z][a-z-]*(=[^\s]+)?$/.test(pair)) {
        throw new HeadroomError(
          'SETTING_INVALID',
          `"${pair}" is no switch with a value.`,
          'Write settings as shards=4,cache=memory.',
        );
      }
      return `--${pair.includes('=') ? pair : `${pair}=on`}`;
    });
    return { name: pairs.join(' ') || 'no switches', args: [...common, ...args] };
  });
}

/**
 * Every combination of the values of some switches.
 *
 * @param axes such as `shards=1,2,4`
 * @returns texts for `parseSettings`
 * @throws HeadroomError SETTING_INVALID
 */
export function combine(axes: readonly string[]): string[] {
  return axes.reduce<string[]>(
    (settings, axis) => {
      const [name = '', values = ''] = axis.split('=', 2);
      if (name === '' || values === '') {
        throw new HeadroomError('SETTING_INVALID', `"${axis}" names no values.`, 'Write --vary shards=1,2,4.');
      }
      return settings.flatMap((setting) =>
        values.split(',').map((value) => [setting, `${name}=${value}`].filter((part) => part !== '').join(',')),
      );
    },
    [''],
  );
}
