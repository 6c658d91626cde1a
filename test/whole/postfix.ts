import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './product.ts';

/** A real Postfix with folders, settings and a port of its own; it takes letters and throws them away. */

const run = promisify(execFile);

export type Postfix = {
  readonly port: number;
  /** Recipients it took, once per copy, in the order of delivery. */
  delivered(): Promise<readonly string[]>;
  /** How often it refused for a limit of its own. */
  limitsHit(): Promise<number>;
  /** Again, after a stop. */
  start(): Promise<void>;
  stop(): Promise<unknown>;
};

/** Postfix needs root for its users; without either it is not there. */
export async function postfixUser(): Promise<number | null> {
  if (process.getuid?.() !== 0) return null;
  try {
    await run('postconf', ['-d', 'mail_version']);
    return Number((await run('id', ['-u', 'postfix'])).stdout);
  } catch {
    return null;
  }
}

export async function startPostfix(
  within: string,
  name: string,
  user: number,
  settings: readonly string[],
): Promise<Postfix> {
  const folder = join(within, name);
  const at = (file: string) => join(folder, file);
  const port = await freePort('127.0.0.1');
  // Its daemons run as other users, who must get there.
  await chmod(within, 0o755);
  for (const part of ['conf', 'spool', 'lib']) await mkdir(at(part), { mode: 0o755, recursive: true });
  await chown(at('lib'), user, -1);
  await writeFile(at('conf/main.cf'), [...mainSettings(folder), ...settings, ''].join('\n'));
  await writeFile(at('conf/master.cf'), [`127.0.0.1:${port} inet n - n - 30 smtpd`, ...SERVICES, ''].join('\n'));
  async function start(): Promise<void> {
    await run('postfix', ['-c', at('conf'), 'start']);
    for (let tries = 0; !(await answers(port)); tries++) {
      if (tries > 300) throw new Error(`no answer from Postfix:\n${await readFile(at('maillog'), 'utf8')}`);
      await sleep(100);
    }
  }
  await start();
  const readLog = () => readFile(at('maillog'), 'utf8');
  return {
    port,
    limitsHit: async () => (await readLog()).match(/limit exceeded/g)?.length ?? 0,
    async delivered() {
      const log = await readLog();
      return [...log.matchAll(/to=<([^>]+)>.*status=sent/g)].map(([, to]) => to!);
    },
    start,
    stop: () => run('postfix', ['-c', at('conf'), 'stop']),
  };
}

const mainSettings = (folder: string) => [
  'compatibility_level = 3.6',
  `queue_directory = ${folder}/spool`,
  `data_directory = ${folder}/lib`,
  `maillog_file = ${folder}/maillog`,
  `maillog_file_prefixes = ${folder}`,
  'inet_protocols = ipv4',
  'myhostname = mx.postfix.test',
  'mydestination =',
  'mynetworks = 127.0.0.0/8',
  'default_transport = discard:',
  'smtpd_relay_restrictions = permit_mynetworks, reject',
  // Else clients on this machine have no limits.
  'smtpd_client_event_limit_exceptions =',
  'alias_maps =',
  'local_recipient_maps =',
  'smtpd_peername_lookup = no',
];

const SERVICES = [
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 300 1 qmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'discard unix - - n - - discard',
  'proxymap unix - - n - - proxymap',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'anvil unix - - n - 1 anvil',
  'postlog unix-dgram n - n - 1 postlogd',
];

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => resolve(false)).once('connect', () => socket.destroy());
  });
}
