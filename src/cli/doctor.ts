import { domainToASCII } from 'node:url';
import type { DoctorAsk } from '../app/doctor/doctor.ts';
import type { Level, Report, Section } from '../core/doctor/finding.ts';
import { parseIp } from '../core/ip.ts';
import { fail, ok, type Result } from '../core/result.ts';

/** `offpeak doctor`: what was asked for, and what was found, as a person reads it. */

export type DoctorOptions = {
  readonly from?: readonly string[] | undefined;
  readonly dkimSelector?: readonly string[] | undefined;
  readonly ip?: readonly string[] | undefined;
};

const HOST = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const SELECTOR = /^[a-z0-9_]([a-z0-9._-]{0,61}[a-z0-9_])?$/i;

/** Fails with a sentence that names the option. */
export function readAsk({ from, dkimSelector = [], ip = [] }: DoctorOptions): Result<DoctorAsk, string> {
  const domains = from?.map((name) => ({ name, ascii: domainToASCII(name.toLowerCase().replace(/\.$/, '')) }));
  const wrongDomain = domains?.find(({ ascii }) => !HOST.test(ascii));
  if (wrongDomain) return fail(`doctor.from: "${wrongDomain.name}" is not a domain; say --from example.com.`);
  const wrongSelector = dkimSelector.find((name) => !SELECTOR.test(name));
  if (wrongSelector !== undefined) return fail(`doctor.dkimSelector: "${wrongSelector}" is not a DKIM selector.`);
  const addresses = ip.map((text) => ({ text, address: parseIp(text) }));
  const wrongAddress = addresses.find(({ address }) => address === null);
  if (wrongAddress) return fail(`doctor.ip: "${wrongAddress.text}" is not an IP address.`);
  const egress = addresses.flatMap(({ text, address }) => (address ? [{ text, address }] : []));
  return ok({ domains: domains?.map(({ ascii }) => ascii) ?? null, selectors: dkimSelector, egress });
}

/** 1 when something is bad; 3 when nothing could be found out, which is no good news; else 0. 2 is for what was not understood. */
export function exitCode({ counts }: Report): number {
  if (counts.bad > 0) return 1;
  return counts.unknown > 0 && counts.ok + counts.warn === 0 ? 3 : 0;
}

export type Paper = { readonly width: number; readonly isColoured: boolean };

const COLOURS: Readonly<Record<Level, number>> = { ok: 32, warn: 33, bad: 31, unknown: 90 };
const LEVEL_WIDTH = 'unknown'.length;
const LEAST_WORDS = 30;

export function render(report: Report, { width, isColoured }: Paper): readonly string[] {
  const paint = (code: number, text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
  const findings = report.sections.flatMap((section) => section.findings);
  const checkWidth = Math.max(...findings.map(({ check }) => check.length));
  const indent = 2 + LEVEL_WIDTH + 2 + checkWidth + 2;
  const room = Math.max(LEAST_WORDS, width - indent);

  const lines = report.sections.flatMap((section) => [
    paint(1, headline(section)),
    ...section.findings.flatMap(({ level, check, says, todo }, place) => {
      const [first = '', ...rest] = wrap(says, room);
      // The same advice once for each group is enough.
      const isNew = section.findings.findIndex((other) => other.todo === todo) === place;
      const advice = todo && isNew ? wrap(todo, room - 2).map(marked) : [];
      return [
        `  ${paint(COLOURS[level], level.padEnd(LEVEL_WIDTH))}  ${check.padEnd(checkWidth)}  ${first}`,
        ...[...rest, ...advice].map((line) => `${' '.repeat(indent)}${line}`),
      ];
    }),
    '',
  ]);
  const { ok: fine, warn, bad, unknown } = report.counts;
  return [...lines, `${fine} ok, ${warn} to look at, ${bad} bad, ${unknown} unknown`];
}

const HEADLINES: Readonly<Record<Section['kind'], string>> = {
  route: 'Route',
  domain: 'Sender domain',
  address: 'Address that mail leaves from:',
};

const headline = ({ kind, name }: Section) => `${HEADLINES[kind]} ${name}`;

const marked = (line: string, place: number) => `${place === 0 ? '> ' : '  '}${line}`;

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
