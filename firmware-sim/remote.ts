/** The commands that speak to a running simulator: `fault`, `state`, `jobs` and the acts of a person. */
import { Command, InvalidArgumentError } from 'commander';
import { PhaserLinkError } from '#base/errors.js';
import { type VerbName, verbs } from './control/fault-words.js';
import { readScript } from './control/read-script.js';
import type { JobView, StateView } from './control/state-view.js';

interface Where {
  control?: string;
  config?: string;
}

/** All of them; `print` takes what they say. */
export function remoteCommands(print: (text: string) => void): Command[] {
  const say = async (where: Where, words: string[]) => {
    const state = await ask<StateView>(where, 'PUT', '/faults', { words: words.join(' ') });
    print(display(state));
  };
  const acts = Object.entries(verbs).filter(([, { kind }]) => kind !== 'fault');
  return [
    command('fault', 'make something go wrong: jam=fuser, paper=upper:0, jam=fuser at=page:3, …')
      .argument('<words...>', 'what, and when')
      .addHelpText('after', faultHelp())
      .action((words: string[], where: Where) => say(where, words)),
    ...acts.map(([name, { takes, does }]) =>
      command(name, does)
        .argument('[words...]', takes === '' ? 'nothing' : takes)
        .action((words: string[], where: Where) => say(where, [name, ...words])),
    ),
    command('state', 'say how the printer is')
      .option('--json', 'all of it, as JSON', false)
      .action(async ({ json, ...where }: Where & { json: boolean }) => {
        const state = await ask<StateView>(where, 'GET', '/state');
        print(json ? JSON.stringify(state, null, 2) : describe(state));
      }),
    command('jobs', 'list the jobs that it knows')
      .option('--json', 'as JSON', false)
      .action(async ({ json, ...where }: Where & { json: boolean }) => {
        const { jobs } = await ask<{ jobs: JobView[] }>(where, 'GET', '/jobs');
        print(json ? JSON.stringify(jobs, null, 2) : jobs.map(describeJob).join('\n') || 'no jobs');
      }),
    ...jobCommands(print),
    command('script', 'run a script of such words on the running printer')
      .argument('<file>', 'the script')
      .action(async (file: string, where: Where) => {
        await ask(where, 'PUT', '/script', { text: readScript(file) });
        print(`${file} runs`);
      }),
  ];
}

function command(name: string, does: string): Command {
  return new Command(name)
    .description(does)
    .option('--control <url>', 'where the printer is controlled, for example http://127.0.0.1:7400')
    .option('--config <file>', 'settings file that the printer was started with');
}

function jobCommands(print: (text: string) => void): Command[] {
  const actions = [
    ['cancel', 'cancel a job', 'DELETE', ''],
    ['hold', 'keep a job that waits from its turn', 'POST', '/hold'],
    ['release', 'let a held job have its turn', 'POST', '/release'],
  ] as const;
  return actions.map(([name, does, method, tail]) =>
    command(name, does)
      .argument('<job>', 'its number', jobNumber)
      .action(async (job: number, where: Where) => {
        print(describeJob(await ask<JobView>(where, method, `/jobs/${job}${tail}`)));
      }),
  );
}

function jobNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a job has a number; "phaser740 jobs" lists them');
}

async function addressOf({ control, config }: Where): Promise<string> {
  if (control !== undefined) return control.replace(/\/+$/, '');
  // Loaded for those who do not say where.
  const { defaultSettings, loadPhaser740Settings } = await import('./settings.js');
  const { panel } = config === undefined ? defaultSettings : loadPhaser740Settings(config, process.env);
  if (panel !== undefined && panel.port !== 0) {
    // Listening on every address, it is on this one too.
    const host = ['0.0.0.0', '::'].includes(panel.host) ? '127.0.0.1' : panel.host;
    return `http://${host.includes(':') ? `[${host}]` : host}:${panel.port}`;
  }
  throw new PhaserLinkError({
    code: 'no-control',
    retry: 'permanent',
    text: `${config}: names no port for its panel; add one, or say with --control where it is`,
  });
}

async function ask<T>(where: Where, method: string, path: string, body?: unknown): Promise<T> {
  const address = await addressOf(where);
  const request =
    body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  let answer: Response;
  try {
    answer = await fetch(`${address}/control${path}`, request);
  } catch (cause) {
    throw new PhaserLinkError({
      code: 'no-printer',
      retry: 'temporary',
      text: `no simulated printer answers at ${address}; start one with "phaser740", or say with --control or --config where it is`,
      cause,
    });
  }
  const said = (await answer.json().catch(() => null)) as (T & { error?: string; text?: string }) | null;
  if (answer.ok && said !== null) return said;
  throw new PhaserLinkError({
    code: said?.error ?? 'no-printer',
    retry: 'permanent',
    text: said?.text ?? `${address} is no control of a simulated printer (HTTP ${answer.status})`,
  });
}

function display({ phase, display, alerts, faults }: StateView): string {
  const lines = phase === 'off' ? ['(off)'] : display.filter((line) => line !== '');
  return [
    ...lines.map((line) => `| ${line}`),
    ...alerts.map(({ severity, text }) => `${severity}: ${text}`),
    ...faults.waiting.map((words) => `to come: ${words}`),
  ].join('\n');
}

function describe(state: StateView): string {
  const { model, phase, stopped, online, pageCounter, trays, covers, supplies, outputs, jobs } = state;
  const open = covers.filter((cover) => cover.open).map(({ name }) => name);
  const more = [stopped ? 'stopped' : '', online ? '' : 'offline'].filter((word) => word !== '');
  return [
    `${model}: ${[phase, ...more].join(', ')}; page counter ${pageCounter}`,
    display(state),
    ...(open.length > 0 ? [`open: ${open.join(', ')}`] : []),
    'trays:',
    ...trays.map(
      ({ id, inserted, sheets, capacity, size, type }) =>
        `  ${id.padEnd(15)}${inserted ? `${sheets} of ${capacity}, ${size} ${type}` : 'pulled out'}`,
    ),
    'outputs:',
    ...outputs.map(({ id, sheets, capacity }) => `  ${id.padEnd(15)}${sheets} of ${capacity}`),
    'supplies:',
    ...supplies.map(({ id, levelPercent, present, wrong }) => {
      const level = present ? `${levelPercent} %${wrong ? ', of another printer' : ''}` : 'missing';
      return `  ${id.padEnd(15)}${level}`;
    }),
    ...(jobs.length > 0 ? ['jobs:', ...jobs.map((job) => `  ${describeJob(job)}`)] : []),
  ].join('\n');
}

function describeJob({ number, state, reasons, pages, name, user }: JobView): string {
  const from = [name, user].filter((word) => word !== '').join(', ');
  return `${number}  ${state} (${reasons.join(', ')})  ${pages} pages${from === '' ? '' : `  ${from}`}`;
}

function faultHelp(): string {
  const rows = (Object.keys(verbs) as VerbName[]).flatMap((name) => {
    const { kind, takes, does } = verbs[name];
    return kind === 'act' ? [] : [`  ${`${name}${takes === '' ? '' : `=${takes}`}`.padEnd(28)} ${does}`];
  });
  const when = '  … at=page:3   before the third page of a job is out\n  … after=20s   so much later';
  return `\nFaults:\n${rows.join('\n')}\nWhen:\n${when}\n`;
}
