import { EventEmitter, once } from 'node:events';
import { Command } from 'commander';
import { systemClock } from './adapters/clock.ts';
import { pinoLog } from './adapters/log.ts';
import { demo } from './cli/demo.ts';
import { type DoctorOptions, exitCode, readAsk, render } from './cli/doctor.ts';
import { answerKeys, type KeysAsk } from './cli/keys.ts';
import { HOME, type Parts, TEMPLATES } from './compose.ts';
import { ConfigFault, readConfig, secretsOf, settings } from './config.ts';
import { type Roles, StartFault, serve } from './serve.ts';
import { runSim } from './sim/run-sim.ts';
import { closedBy, makeStack, type Stack, stopSignal } from './stack.ts';
import { VERSION } from './version.ts';

/** The command line. */

const print = (line: string) => void process.stdout.write(`${line}\n`);
const say = (line: string) => void process.stderr.write(`${line}\n`);

/** For a supervisor: it can't go on, and should be started anew. */
const EXIT_LOST = 4;

/** Ends the process with the code if the parts take longer. */
function stopWithin(graceMs: number, stack: Stack, code: number): Promise<void> {
  setTimeout(() => process.exit(code), graceMs).unref();
  return stack.stop(graceMs);
}

async function run(roles: Roles): Promise<number> {
  const config = readConfig(process.env);
  const log = pinoLog(config.LOG_LEVEL, secretsOf(config));
  const stack = makeStack(log);
  const signal = stopSignal(log);
  let why: string | null = null;
  try {
    const lost = new EventEmitter<{ lost: [why: string] }>();
    const loss = once(lost, 'lost').then(([how]) => String(how));
    const { baseUrl, newKey } = await serve(config, roles, stack, log, say, (how) => void lost.emit('lost', how));
    if (baseUrl) print(`Offpeak listens on ${baseUrl}`);
    if (newKey) print(`API key, shown only now: ${newKey}`);
    why = await Promise.race([loss, signal.then(() => null)]);
    if (why) say(why);
    return why ? EXIT_LOST : 0;
  } finally {
    await stopWithin(config.OFFPEAK_STOP_GRACE, stack, why ? EXIT_LOST : 1).catch((error: unknown) => {
      // Without a database nothing ends cleanly; what counts for the supervisor is said.
      if (why === null) throw error;
      log.warn('did not stop cleanly', { error });
    });
  }
}

async function runDemo(options: { json?: boolean }): Promise<number> {
  const config = readConfig({ LOG_LEVEL: 'error', ...process.env });
  const log = pinoLog(config.LOG_LEVEL, secretsOf(config));
  const stack = makeStack(log);
  const stopped = stopSignal(log);
  try {
    const { baseUrl, parts } = await serve(config, { api: true, worker: true }, stack, log, say);
    const key = await parts.apiKeys.issue('demo');
    const revoke = async () => void (await parts.apiKeys.revoke(key.id));
    await stack.lay('demo key', closedBy(revoke));
    say(`Offpeak listens on ${baseUrl}`);
    return await demo({
      baseUrl: baseUrl!,
      key: key.key,
      folder: `${TEMPLATES}/demo`,
      simCommand: [process.execPath, `${HOME}/scripts/offpeak.js`, 'sim'],
      json: options.json ?? false,
      isTerminal: process.stdout.isTTY === true && !options.json,
      write: (text) => void process.stdout.write(text),
      say,
      stopped: stopped.then(() => undefined),
      stack,
      timers: systemClock,
    });
  } finally {
    await stopWithin(config.OFFPEAK_STOP_GRACE, stack, 1);
  }
}

/** For commands that need what is composed, and neither API nor worker. */
async function atRest(work: (parts: Parts) => Promise<number>): Promise<number> {
  const config = readConfig({ LOG_LEVEL: 'error', ...process.env });
  const log = pinoLog(config.LOG_LEVEL, secretsOf(config));
  const stack = makeStack(log);
  try {
    const { parts } = await serve(config, { api: false, worker: false }, stack, log, say);
    return await work(parts);
  } finally {
    await stack.stop(config.OFFPEAK_STOP_GRACE);
  }
}

async function runDoctor(options: DoctorOptions & { json?: boolean }): Promise<number> {
  const ask = readAsk(options);
  if (!ask.ok) {
    say(ask.error);
    return 2;
  }
  return atRest(async ({ doctor }) => {
    const report = await doctor(ask.value);
    const paper = {
      width: process.stdout.columns ?? 100,
      isColoured: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    };
    for (const line of options.json ? [JSON.stringify(report)] : render(report, paper)) print(line);
    return exitCode(report);
  });
}

const runKeys = (ask: KeysAsk, options: { json?: boolean }): Promise<number> =>
  atRest(async ({ apiKeys }) => {
    const answer = await answerKeys(apiKeys, ask);
    for (const line of options.json ? [JSON.stringify(answer.json)] : answer.lines) print(line);
    return answer.code;
  });

function printSettings(options: { json?: boolean }): number {
  if (options.json) {
    print(JSON.stringify(settings(process.env)));
    return 0;
  }
  for (const { name, description, value, isSet } of settings(process.env)) {
    print(`${name}=${value}${isSet ? '' : '  (default)'}\n    ${description}`);
  }
  return 0;
}

async function runSimulator(profile: string): Promise<number> {
  const summary = await runSim(profile, { print });
  if (summary.ok) return 0;
  say(`${summary.error.code}: ${summary.error.detail}`);
  for (const { pointer, detail } of summary.error.errors) say(`  ${pointer}: ${detail}`);
  return 2;
}

/** Runs a command and ends the process with its exit code: a timer that somebody forgot must not keep it. */
function ending<T extends unknown[]>(command: (...args: T) => Promise<number> | number) {
  return async (...args: T): Promise<void> => {
    try {
      process.exit(await command(...args));
    } catch (error) {
      const isExpected = error instanceof ConfigFault || error instanceof StartFault;
      say(isExpected ? error.message : String(error instanceof Error ? error.stack : error));
      process.exit(isExpected ? 2 : 1);
    }
  };
}

const program = new Command('offpeak')
  .description('Sends bulk e-mail campaigns in their off-peak windows, at the rate that each provider takes.')
  .version(VERSION);
program
  .command('serve')
  .description('API and worker in one process')
  .action(ending(() => run({ api: true, worker: true })));
program
  .command('api')
  .description('the REST API alone')
  .action(ending(() => run({ api: true, worker: false })));
program
  .command('worker')
  .description('a sending worker alone')
  .action(ending(() => run({ api: false, worker: true })));
program
  .command('sim')
  .description('the provider simulator: mail servers on this machine with hidden limits')
  .argument('<profile>', 'JSON file that describes the providers')
  .action(ending(runSimulator));
program
  .command('demo')
  .description('starts everything and sends 20,000 letters to the simulator, drawn live')
  .option('--json', 'print nothing but the summary, as one JSON line')
  .action(ending(runDemo));
program
  .command('doctor')
  .description('asks whether mail could go out well: routes, sender domains, the address it leaves from')
  .option('--from <domain...>', 'sender domains; else those of campaigns in draft, scheduled or running')
  .option('--dkim-selector <name...>', 'selectors of the DKIM keys')
  .option('--ip <address...>', 'addresses that mail leaves from; of a relay, the relay’s')
  .option('--json', 'one JSON line instead of a table')
  .action(ending(runDoctor));
program
  .command('config')
  .description('every setting, its meaning and its value')
  .option('--json', 'one JSON line')
  .action(ending(printSettings));
const keys = program.command('keys').description('API keys: who may use the API');
keys
  .command('list')
  .description('id, age and name of every key')
  .option('--json', 'one JSON line')
  .action(ending((options: { json?: boolean }) => runKeys({ kind: 'list' }, options)));
keys
  .command('add')
  .description('makes a key and shows it, only this once')
  .argument('<name>', 'whose key it is')
  .option('--json', 'one JSON line')
  .action(ending((name: string, options: { json?: boolean }) => runKeys({ kind: 'add', name }, options)));
keys
  .command('remove')
  .description('takes a key back at once')
  .argument('<id>', 'as `list` shows it')
  .option('--json', 'one JSON line')
  .action(ending((id: string, options: { json?: boolean }) => runKeys({ kind: 'remove', id }, options)));

process.on('unhandledRejection', (error) => {
  say(`unhandled: ${error instanceof Error ? error.stack : error}`);
  process.exit(1);
});
await program.parseAsync();
