import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { SHELL } from './scripts.ts';

const complaintsOf = (text: string): string =>
  spawnSync('shellcheck', ['--format=gcc', '-'], { input: text, encoding: 'utf8' }).stdout;

it('finds what there is', () => {
  expect(Object.keys(SHELL).length).toBeGreaterThan(10);
  expect(complaintsOf('#!/bin/sh\nrm $1\n')).toContain('SC2086');
});

it.each(Object.entries(SHELL))('%s is sound shell', (_, text) => {
  expect(complaintsOf(text)).toBe('');
});
