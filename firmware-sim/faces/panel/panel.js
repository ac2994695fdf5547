/** The panel in the browser: shows the state as it comes, and says by click and key what a person does to the printer. */

let state = null;
/** What the display shows in place of the printer's own lines: `{ title, items: [[label, run]], at }`. */
let menu = null;
/** Which alert the arrows have come to. */
let alertAt = 0;

const all = (selector) => [...document.querySelectorAll(selector)];
const one = (selector) => document.querySelector(selector);

async function ask(method, path, body) {
  const answer = await fetch(`/control${path}`, {
    method,
    ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch(() => null);
  const said = answer && (await answer.json().catch(() => null));
  if (answer?.ok) return hideToast();
  toast(said?.text ?? 'The printer does not answer: the simulator may have been stopped.');
}

const say = (words) => ask('PUT', '/faults', { words });

let hideTimer;
function toast(text) {
  one('#toast').textContent = text;
  clearTimeout(hideTimer);
  hideTimer = setTimeout(hideToast, 8000);
}
function hideToast() {
  one('#toast').textContent = '';
}

/** Writes only what differs: a live region that is written anew is read aloud anew. */
function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Rebuilds a list only when what it shows has changed, so that the focus stays. */
function fill(list, key, make) {
  const print = JSON.stringify(key);
  if (list.dataset.shown === print) return;
  list.dataset.shown = print;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  list.replaceChildren(...make());
  if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
}

function render() {
  const { body } = document;
  body.classList.toggle('dark', state.phase === 'off');
  body.classList.toggle('asleep', state.phase === 'sleeping');
  body.classList.toggle('warming', state.phase === 'warming-up');
  body.classList.toggle('printing', state.pagesInPath > 0 && !state.stopped);
  write(one('#counter'), String(state.pageCounter));
  renderConsole();
  renderParts();
  renderOutputs();
  renderBench();
}

function renderConsole() {
  if (alertAt >= state.alerts.length) alertAt = 0;
  let lines = state.display;
  if (alertAt > 0)
    lines = [`${alertAt + 1} of ${state.alerts.length}`, state.alerts[alertAt].text.split('. ')[0]];
  if (menu) {
    const label = menu.items.length === 0 ? 'nothing' : `${menu.items[menu.at][0]}`;
    lines = [menu.title, `${menu.items.length > 1 ? '\u2195' : ' '} ${label}`];
  }
  for (const line of all('[data-line]')) write(line, lines[Number(line.dataset.line)] || '\u00a0');
  for (const light of all('[data-light]')) {
    const how = state.lights[light.dataset.light];
    light.classList.toggle('on', how === 'on');
    light.classList.toggle('blink', how === 'blink');
    write(light.querySelector('[data-said]'), `: ${how === 'blink' ? 'blinking' : how}`);
  }
  one('[data-key=online]').setAttribute('aria-pressed', String(state.online && state.phase !== 'off'));
  one('[data-key=power]').setAttribute('aria-pressed', String(state.phase !== 'off'));
}

function mark(part, said) {
  const severity = state.alerts.find(({ place }) => place === part.dataset.name)?.severity;
  part.classList.toggle('troubled', severity === 'error');
  part.classList.toggle('warned', severity === 'warning');
  part.setAttribute('aria-label', `${part.dataset.name}: ${said}`);
}

function renderParts() {
  const { covers, trays, supplies, outputs, jam } = state;
  for (const { id, open } of covers) {
    const part = one(`[data-cover="${id}"]`);
    part.classList.toggle('open', open);
    part.setAttribute('aria-expanded', String(open));
    mark(part, open ? 'open' : 'closed');
    // Sheets that are jammed behind it: the cover calls for somebody while it hides them.
    if (jam?.cover === id && !open) part.classList.add('troubled');
  }
  const isOpen = (id) => covers.some((cover) => cover.id === id && cover.open);
  for (const part of all('[data-jam]')) {
    const seen = jam?.area === part.dataset.jam && isOpen(part.dataset.behind);
    part.classList.toggle('seen', seen);
    part.tabIndex = seen ? 0 : -1;
    part.setAttribute('aria-label', `Take out the jammed paper: ${part.dataset.name}`);
    part.setAttribute('aria-hidden', String(!seen));
  }
  for (const tray of trays) {
    const part = one(`[data-tray="${tray.id}"]`);
    // Of trays that are fed by hand the first is drawn.
    if (!part) continue;
    part.classList.toggle('out', !tray.inserted);
    const paper = `${nameOf('size', tray.size)}, ${tray.sheets} sheets`;
    mark(part, tray.inserted ? paper : 'pulled out');
    write(one(`[data-paper="${tray.id}"]`), tray.inserted ? paper : 'pulled out');
    const level = tray.sheets / tray.capacity;
    one(`[data-level="${tray.id}"]`).style.opacity = String(tray.sheets === 0 ? 0 : 0.35 + 0.65 * level);
    const gauge = one(`[data-gauge="${tray.id}"]`);
    if (gauge)
      gauge.style.cssText = `transform-box: fill-box; transform-origin: bottom; transform: scaleY(${level})`;
  }
  for (const { id, present, wrong, levelPercent } of supplies) {
    const part = one(`[data-supply="${id}"]`);
    const level = Math.min(100, Math.max(0, levelPercent));
    part.classList.toggle('absent', !present);
    part.classList.toggle('wrong', wrong);
    part.tabIndex = isOpen('top') ? 0 : -1;
    mark(part, present ? `${levelPercent} percent, take out` : 'missing, insert a new one');
    for (const said of all(`[data-percent="${id}"]`)) {
      const words = wrong ? 'wrong' : `${levelPercent} %`;
      write(said, present ? words : 'missing');
    }
    for (const bar of all(`[data-bar="${id}"]`)) {
      if (bar.tagName === 'I') bar.style.width = `${present ? level : 0}%`;
      else bar.style.cssText = `transform-box: fill-box; transform: scaleX(${present ? level / 100 : 0})`;
    }
  }
  for (const { id, sheets, capacity } of outputs) {
    const bin = one(`[data-bin="${id}"]`);
    if (bin) mark(bin, `${sheets} sheets, take them out`);
    for (const stack of all(`[data-stack="${id}"]`)) {
      stack.style.opacity = sheets === 0 ? '0' : '1';
      stack.style.transform = `translateY(${(Number(stack.dataset.rise) * sheets) / capacity}px)`;
    }
  }
}

const nameOf = (select, value) =>
  one(`select[name=${select}] option[value="${value}"]`)?.textContent ?? value;

function renderOutputs() {
  for (const [n, { id, name, sheets, capacity, pages }] of state.outputs.entries()) {
    const output = one(`[data-output="${id}"]`);
    // The first is always there, so that the machine does not jump when a page comes out.
    output.hidden = sheets === 0 && n > 0;
    output.querySelector('button').hidden = sheets === 0;
    write(
      output.querySelector('[data-count]'),
      sheets === 0 ? 'is empty' : `${sheets} of ${capacity} sheets`,
    );
    fill(output.querySelector('[data-pages]'), pages, () =>
      pages.map(({ job, page }) => {
        const item = document.createElement('li');
        const address = `/control/jobs/${job}/pages/${page}`;
        const link = element('a', '', { href: address, target: '_blank', 'data-id': `${job}-${page}` });
        const alt = `Job ${job}, page ${page}, in the ${name}`;
        link.append(element('img', '', { src: address, alt }));
        item.append(link);
        return item;
      }),
    );
  }
}

function renderBench() {
  const { alerts, trays, jobs, faults, script } = state;
  fill(one('#alerts'), [alerts, state.phase], () => {
    if (state.phase === 'off') return [element('li', 'The printer is off.')];
    if (alerts.length === 0) return [element('li', 'All is well.', { class: 'well' })];
    return alerts.map(({ severity, text }) => element('li', text, { class: severity }));
  });
  one('#clear').hidden = alerts.length === 0 && faults.waiting.length === 0 && disturbances().length === 0;
  for (const { id, sheets, capacity, size, type, inserted, asked } of trays) {
    write(one(`[data-count="${id}"]`), inserted ? `${sheets} of ${capacity}` : 'pulled out');
    one(`[data-meter="${id}"]`).value = sheets;
    const pull = one(`[data-pull="${id}"]`);
    if (pull) write(pull, inserted ? 'Pull out' : 'Put back');
    const form = one(`[data-load="${id}"]`);
    const paper = asked ?? { size, type };
    // What somebody has chosen stays until the tray changes.
    if (form.dataset.shown === JSON.stringify(paper)) continue;
    form.dataset.shown = JSON.stringify(paper);
    form.size.value = paper.size;
    form.type.value = paper.type;
  }
  fill(one('#jobs'), jobs, () => jobs.toReversed().map(jobRow));
  fill(one('#disturbances'), [disturbances(), faults.waiting], () => [
    ...disturbances().map(([words, what]) => {
      const item = element('li', words);
      item.append(
        element('button', 'mend', {
          'data-words': `clear ${what}`,
          'data-id': what,
          'aria-label': `Mend ${words}`,
        }),
      );
      return item;
    }),
    ...faults.waiting.map((words) => element('li', `to come: ${words}`)),
  ]);
  const { state: how, line, text, reason, done, total } = script;
  const at = how === 'running' && line !== null ? ` line ${line}: ${text}` : '';
  write(
    one('#script-status'),
    how === 'none' ? '' : `${how} (${done} of ${total})${at}${reason ? ` ${reason}` : ''}`,
  );
}

/** What faults have done to how it behaves on the network: in words, and what `clear` calls it. */
function disturbances() {
  const { network, reading, backChannel, counterLie, memoryFull, diskFull } = state.faults;
  return [
    network === 'unplugged' && ['network cable out', 'network'],
    reading !== 'normal' && [
      reading === 'stalled' ? 'takes no data' : `takes ${reading} bytes a second`,
      'reading',
    ],
    backChannel !== 'normal' && [`answers: ${backChannel}`, 'back-channel'],
    counterLie !== null && [`page counter lies by ${counterLie}`, 'counter'],
    memoryFull && ['memory full', 'memory'],
    diskFull && ['disk full', 'disk'],
  ].filter(Boolean);
}

const isOver = ({ state: how }) => ['completed', 'canceled', 'aborted'].includes(how);

function jobRow(job) {
  const row = document.createElement('tr');
  const name = [job.name || `from ${job.channel}`, job.user].filter(Boolean).join(', ');
  row.append(...[job.number, name, job.state, job.pages].map((text) => element('td', String(text))));
  const actions = document.createElement('td');
  const add = (label, method, tail) => {
    const button = element('button', label, {
      'data-id': `${label}-${job.number}`,
      'aria-label': `${label} job ${job.number}`,
    });
    button.onclick = () => ask(method, `/jobs/${job.number}${tail}`);
    actions.append(button);
  };
  if (job.state === 'pending') add('Hold', 'POST', '/hold');
  if (job.reasons.includes('job-hold-until-specified')) add('Release', 'POST', '/release');
  if (!isOver(job)) add('Cancel', 'DELETE', '');
  row.append(actions);
  return row;
}

// The menu on the display: ours, and that of whoever looks.

function show(title, items) {
  menu = { title, items, at: 0, back: menu };
}

function mainMenu() {
  const info = (rows) => rows.map((label) => [label, () => {}]);
  show('Menu', [
    [
      'Print a page',
      () =>
        show(
          'Print',
          ['start-up', 'configuration', 'supplies'].map((page) => [
            `${page} page`,
            () => leave(ask('POST', `/pages/${page}`)),
          ]),
        ),
    ],
    [
      'Load paper',
      () =>
        show(
          'Load which tray?',
          state.trays.map(({ id, name, takes }) => [
            name,
            () =>
              show(
                name,
                takes.sizes.map((size) => [nameOf('size', size), () => leave(say(`load ${id} ${size}`))]),
              ),
          ]),
        ),
    ],
    ['Jobs', jobMenu],
    [
      'Supplies',
      () =>
        show('Supplies', info(state.supplies.map(({ name, levelPercent }) => `${name} ${levelPercent} %`))),
    ],
    [
      'Counters',
      () =>
        show(
          'Counters',
          info([
            `${state.counters.pages} pages`,
            `${state.counters.colourPages} in colour`,
            `${state.counters.jobs} jobs`,
            `${state.counters.jams} jams`,
          ]),
        ),
    ],
    ['Where am I?', () => leave(say('identify'))],
  ]);
}

function jobMenu() {
  const waiting = state.jobs.filter((job) => !isOver(job));
  const act = (label, method, path) => [label, () => leave(ask(method, path))];
  show(
    waiting.length === 0 ? 'No jobs' : 'Jobs',
    waiting.map(({ number, state: how }) => [
      `${number} ${how}`,
      () =>
        show(`Job ${number}`, [
          act('Cancel', 'DELETE', `/jobs/${number}`),
          act('Hold', 'POST', `/jobs/${number}/hold`),
          act('Release', 'POST', `/jobs/${number}/release`),
        ]),
    ]),
  );
}

function leave() {
  menu = null;
}

const keys = {
  menu: () => (menu ? leave() : mainMenu()),
  up: () => move(-1),
  down: () => move(1),
  ok: () => menu?.items[menu.at]?.[1](),
  jobs: jobMenu,
  online: () => ask('PUT', '/online', { online: !state.online }),
  cancel: () => {
    if (menu) {
      menu = menu.back;
      return;
    }
    const { job } = state;
    if (job) ask('DELETE', `/jobs/${job.number}`);
    else toast('There is no job in the machine to be canceled.');
  },
  power: () => {
    leave();
    ask('PUT', '/power', { on: state.phase === 'off' });
  },
};

function move(by) {
  if (menu) menu.at = (menu.at + by + menu.items.length) % Math.max(1, menu.items.length) || 0;
  else alertAt = (alertAt + by + state.alerts.length) % Math.max(1, state.alerts.length) || 0;
}

/** What a click on a part of the drawing does. */
function touch({ cover, tray, supply, jam, bin }) {
  const find = (list, id) => state[list].find((part) => part.id === id);
  if (cover) return say(`${find('covers', cover).open ? 'close' : 'open'} ${cover}`);
  if (supply) return say(`${find('supplies', supply).present ? 'remove' : 'replace'} ${supply}`);
  if (jam) return say('clear jam');
  if (bin) return say(`empty ${bin}`);
  const { kind, inserted, asked, sheets } = find('trays', tray);
  if (kind === 'manual') return say(asked ? `load ${tray} ${asked.size} ${asked.type}` : `load ${tray}`);
  // Whoever puts an empty tray back, or one that holds another paper than is asked for, has filled it.
  if (!inserted && (asked || sheets === 0))
    say(asked ? `load ${tray} ${asked.size} ${asked.type}` : `load ${tray}`);
  return say(`${inserted ? 'pull' : 'insert'} ${tray}`);
}

document.addEventListener('click', ({ target }) => {
  if (!state) return;
  const button = target.closest('[data-words], [data-key], [data-pull], .part');
  if (!button) return;
  const { words, key, pull } = button.dataset;
  if (words) say(words);
  else if (pull) say(`${state.trays.find(({ id }) => id === pull).inserted ? 'pull' : 'insert'} ${pull}`);
  else if (!key) touch(button.dataset);
  else if (state.phase === 'off' && key !== 'power') toast('The printer is off: press Power.');
  else keys[key]();
  renderConsole();
});

// Drawn parts are no buttons of the browser's: they take Enter and Space here.
document.addEventListener('keydown', (event) => {
  const part = event.target.closest?.('.part');
  if (part && (event.key === 'Enter' || event.key === ' ')) {
    event.preventDefault();
    part.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  }
  if (!event.target.closest?.('.console') || !state) return;
  if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
    event.preventDefault();
    move(event.key === 'ArrowUp' ? -1 : 1);
    renderConsole();
  } else if (event.key === 'Escape') {
    leave();
    renderConsole();
  }
});

for (const form of all('form')) form.addEventListener('submit', (event) => event.preventDefault());
for (const form of all('[data-load]')) {
  form.addEventListener('submit', () =>
    say(`load ${form.dataset.load} ${form.size.value} ${form.type.value}`),
  );
}

function composeWords() {
  const when = one('[name=when]:checked').value;
  const number = one('#fault-number').value;
  const tail = { now: '', page: ` at=page:${number}`, after: ` after=${number}s` }[when];
  one('#fault-words').value = one('#fault-choice').value + tail;
}
for (const input of all('#fault-choice, [name=when], #fault-number'))
  input.addEventListener('input', composeWords);
one('#faults').addEventListener('submit', () => say(one('#fault-words').value));
one('#script').addEventListener('submit', () => ask('PUT', '/script', { text: one('#script-text').value }));
one('#script-stop').addEventListener('click', () => ask('DELETE', '/script'));

const events = new EventSource('/control/events');
events.addEventListener('state', ({ data }) => {
  state = JSON.parse(data);
  const connection = one('#connection');
  write(connection, 'live');
  connection.className = 'live';
  render();
});
events.addEventListener('error', () => {
  const connection = one('#connection');
  write(connection, 'no connection; trying again …');
  connection.className = '';
});
