import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { helpText } from '../../src/cli/help.ts';
import { defaultOf, GROUPS, OPTIONS, type OptionName, type OptionSpec } from '../../src/cli/options.ts';

const names = Object.keys(OPTIONS) as OptionName[];
const documentation = readFileSync(new URL('../../docs/options.md', import.meta.url), 'utf8');

/** The help's text of one option, in one line. */
function helpOf(flags: string): string {
  const text = helpText();
  const start = text.indexOf(`\n  ${flags} `);
  expect(start, flags).toBeGreaterThan(0);
  const end = /\n(?: {2}-|\n)/.exec(text.slice(start + 1))!.index;
  return text.slice(start, start + 1 + end).replace(/\s+/g, ' ');
}

/** The cells of the option's row in docs/options.md: option, meaning, default, environment. */
function documented(flags: string): string[] {
  const row = documentation.split('\n').find((line) => line.startsWith(`| \`${flags}\` |`));
  expect(row, flags).toBeDefined();
  return row!
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

test.each(names)(
  '%s is in the help and in docs/options.md, with default and environment variable',
  (name) => {
    const { flags: long, short, env, required }: OptionSpec<unknown> = OPTIONS[name];
    const flags = short === undefined ? long : `${short}, ${long}`;
    const preset = required ? 'required' : defaultOf(name);
    const help = helpOf(flags);
    expect(help).toContain(preset === null ? '' : required ? '(required' : `default: ${preset}`);
    expect(help.includes('default:')).toBe(!required && preset !== null);
    expect(help).toContain(env === undefined ? '' : `env: ${env}`);
    expect(documented(flags).slice(2)).toEqual([preset ?? '', env === undefined ? '' : `\`${env}\``]);
  },
);

describe('the help', () => {
  test('has a group for each kind of option, in order', () => {
    const headings = helpText().match(/^\S.*:$/gm);
    expect(headings).toEqual([...GROUPS.map((group) => `${group}:`), 'Commands:', 'Examples:']);
    expect(documentation.match(/^## .*$/gm)!.slice(0, GROUPS.length)).toEqual(
      GROUPS.map((group) => `## ${group}`),
    );
  });

  test('fits into 98 columns, and its options into a narrower terminal', () => {
    const widths = (text: string) => text.split('\n').map((line) => line.length);
    expect(Math.max(...widths(helpText(300)))).toBeLessThanOrEqual(98);
    const [options] = helpText(80).split('Commands:');
    expect(Math.max(...widths(options!))).toBeLessThanOrEqual(80);
  });
});
