import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A name server on a UDP port of this machine that answers from a zone; enough of RFC 1035 for a stub resolver. */

export type Records = {
  readonly A?: readonly string[];
  /** Eight groups, none left out. */
  readonly AAAA?: readonly string[];
  readonly MX?: readonly (readonly [priority: number, exchange: string])[];
  readonly TXT?: readonly string[];
  readonly PTR?: readonly string[];
  readonly NS?: readonly string[];
  readonly SOA?: readonly [string];
};
/** What is not in it does not exist (NXDOMAIN); `silence` never answers. */
export type Zone = { [name: string]: Records | 'SERVFAIL' | 'REFUSED' | 'silence' };

const TYPES = { A: 1, NS: 2, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28 } as const;
const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
type Type = keyof typeof TYPES;

export type DnsServer = {
  /** For `setServers`. */
  readonly address: string;
  /** May be changed while it runs. */
  readonly zone: Zone;
  /** `MX example.test`, in the order they came. */
  readonly asked: string[];
  close(): Promise<void>;
};

export async function startDns(zone: Zone): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type, end } = question(query);
    asked.push(`${type} ${name}`);
    const found = zone[name] ?? 'NXDOMAIN';
    if (found === 'silence') return;
    const answers = typeof found === 'string' || !type ? [] : (found[type] ?? []);
    const rcode = typeof found === 'string' ? RCODES[found] : RCODES.NOERROR;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8580 | rcode, 2); // a response, authoritative, recursion available
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    const records = answers.map((data) => record(TYPES[type!], rdata[type!](data as never)));
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    zone,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function question(query: Buffer): { name: string; type: Type | undefined; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const code = query.readUInt16BE(at + 1);
  const type = (Object.keys(TYPES) as Type[]).find((key) => TYPES[key] === code);
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 };
}

/** The name is a pointer to the question's, the TTL a minute. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

const labelled = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').flatMap((label) => (label ? [Buffer.from([label.length]), Buffer.from(label)] : [])),
    Buffer.from([0]),
  ]);

const rdata = {
  A: (address: string) => Buffer.from(address.split('.').map(Number)),
  AAAA: (address: string) =>
    Buffer.from(address.split(':').flatMap((part) => [...Buffer.from(part.padStart(4, '0'), 'hex')])),
  MX: ([priority, exchange]: readonly [number, string]) =>
    Buffer.concat([Buffer.from([priority >> 8, priority & 255]), labelled(exchange)]),
  TXT: (text: string) =>
    Buffer.concat(
      (text.match(/.{1,255}/g) ?? ['']).map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])),
    ),
  PTR: labelled,
  NS: labelled,
  SOA: (name: string) => Buffer.concat([labelled(name), labelled(`hostmaster.${name}`), Buffer.alloc(20)]),
};
