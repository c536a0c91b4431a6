import { describe, expect, it } from 'vitest';
import { describeSwitches, parseSwitches, SwitchError, variableOf } from '../../reference-app/index.ts';

describe('switches', () => {
  it('have defaults', () => {
    expect(parseSwitches([])).toMatchObject({
      port: 0,
      host: '127.0.0.1',
      users: 10_000,
      sitters: 2_000,
      seed: 1,
      'log-level': 'warn',
    });
  });

  it('are read from arguments, in both spellings, and from the environment, where arguments win', () => {
    const env = { HEADROOM_APP_POOL: '3', HEADROOM_APP_POOL_WAIT: '40', HOME: '/home', HEADROOM_APP_PARENT: '1' };
    expect(parseSwitches(['--pool', '7', '--db-service-time=2.5,exp'], env)).toMatchObject({
      pool: 7,
      'pool-wait': 40,
      'db-service-time': { meanMs: 2.5, distribution: 'exp' },
    });
    expect(parseSwitches(['--provider-time', '8'])).toMatchObject({
      'provider-time': { meanMs: 8, distribution: 'fixed' },
    });
  });

  it('make the app sick when asked to: a small pool, and waits without an end', () => {
    const sick = { sick: 'on', pool: 2, 'pool-wait': 86_400_000, 'statement-timeout': 86_400_000 };
    expect(parseSwitches(['--sick'])).toMatchObject(sick);
    expect(parseSwitches(['--sick', '--pool', '1'])).toMatchObject({ ...sick, pool: 1 });
    expect(parseSwitches(['--sick', 'on'])).toMatchObject(sick);
    expect(parseSwitches(['--sick=off', '--pool', '7'])).toMatchObject({ sick: 'off', pool: 7, 'pool-wait': 1_000 });
    expect(() => parseSwitches(['--sick', 'very'])).toThrow('--sick does not take "very": valid is off | on');
  });

  it('say which processes there are, and are refused where they make no sense', () => {
    expect(parseSwitches(['--split', '--scale', 'bookings=2,search=4'])).toMatchObject({
      split: 'on',
      scale: { bookings: 2, search: 4 },
    });
    const contexts = 'users, pets, search, bookings, payments, notifications';
    const valid = `valid is context=processes, with commas between; contexts are ${contexts}, processes 1 to 16`;
    for (const wrong of ['bookings', 'booking=2', 'bookings=0', 'bookings=17', 'bookings=2,bookings=3', 'users=2,']) {
      expect(() => parseSwitches(['--split', '--scale', wrong])).toThrow(
        new SwitchError(`--scale does not take "${wrong}": ${valid}`),
      );
    }
    expect(() => parseSwitches(['--scale', 'bookings=2'])).toThrow(/valid is --split with it/);
    expect(() => parseSwitches(['--split', '--workers', '2'])).toThrow(/valid is one of them/);
    expect(() => parseSwitches(['--split', '--scale', 'users=8,pets=5'])).toThrow(
      /asks for 17 processes: valid is 16 at most/,
    );
    expect(() => parseSwitches(['--workers', '17'])).toThrow(/valid is an integer from 1 to 16/);
  });

  it('that are unknown are refused with the list of the valid ones', () => {
    const names = describeSwitches().map(({ name }) => name);
    const flags = names.map((name) => `--${name}`).join(', ');
    expect(() => parseSwitches(['--cash', 'off'])).toThrow(
      new SwitchError(`unknown switch --cash: valid ones are ${flags}`),
    );
    expect(() => parseSwitches(['pool'])).toThrow(SwitchError);
    expect(() => parseSwitches([], { HEADROOM_APP_CASH: 'off' })).toThrow(
      new SwitchError(`unknown variable HEADROOM_APP_CASH: valid ones are ${names.map(variableOf).join(', ')}`),
    );
  });

  it.each([
    [['--pool', '0'], '--pool does not take "0": valid is an integer from 1 to 500'],
    [['--pool'], '--pool needs a value: valid is an integer from 1 to 500'],
    [['--port', '65536'], '--port does not take "65536": valid is an integer from 0 to 65535'],
    [['--users', '1e3'], '--users does not take "1e3": valid is an integer from 32 to 10000000'],
    [
      ['--db-service-time', '5,normal'],
      '--db-service-time does not take "5,normal": valid is milliseconds from 0 to 60000, then ",fixed" (which may be left out) or ",exp"',
    ],
    [
      ['--log-level=loud'],
      '--log-level does not take "loud": valid is trace | debug | info | warn | error | fatal | silent',
    ],
  ])('with a value they do not take are refused with what is valid: %s', (argv, message) => {
    expect(() => parseSwitches(argv)).toThrow(new SwitchError(message));
  });

  it('name the variable when its value is wrong', () => {
    expect(() => parseSwitches([], { HEADROOM_APP_SEED: '-1' })).toThrow(
      /^HEADROOM_APP_SEED does not take "-1": valid is/,
    );
  });
});
