/** The panel's page: the printer to the left, as somebody who stands before it sees it, and a bench to the right. */
import { html } from 'hono/html';
import { mediaSizes, mediaTypes } from '#vocab/media.js';
import type { Device } from '../../device/device.js';
import { drawMachine } from './machine-drawing.js';

const lights = { power: 'Power', ready: 'Ready', data: 'Data', attention: 'Attention' };

export function panelPage(device: Device) {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" />
  <title>${device.model} (simulated)</title>
  <link rel="stylesheet" href="/panel.css" /><script type="module" src="/panel.js"></script>
</head>
<body>
<header>
  <h1>${device.model} <span>simulated</span></h1>
  <p>Page counter <output id="counter">–</output></p>
  <p id="connection" role="status">connecting …</p>
</header>
<noscript><p class="notice">This page shows a machine that moves: it needs JavaScript. Without it there is the command phaser740.</p></noscript>
<main>
  <section class="printer" aria-label="Printer">
    ${drawOutputs(device)}
    ${drawMachine(device)}
    ${console}
  </section>
  <section class="bench" aria-label="Bench">
    <article id="now" aria-labelledby="now-title"><h2 id="now-title">What is the matter</h2><ul id="alerts"></ul><button id="clear" data-words="clear">Put everything right</button></article>
    ${drawFaults(device)}
    ${drawSupplies(device)}
    ${drawPaper(device)}
    <article class="wide" aria-labelledby="jobs-title"><h2 id="jobs-title">Jobs</h2><div class="scroll"><table><thead><tr><th>No.</th><th>Name</th><th>State</th><th>Pages</th><th><span class="unseen">What to do</span></th></tr></thead><tbody id="jobs"></tbody></table></div></article>
    <article class="wide" aria-labelledby="script-title"><h2 id="script-title">Script</h2>
      <form id="script"><label for="script-text" class="unseen">Statements</label>
      <textarea id="script-text" rows="4" spellcheck="false">at page 2: jam fuser
after 20s: open top; after 3s: clear jam; after 2s: close top</textarea>
      <p><button>Run</button> <button type="button" id="script-stop">Stop</button> <span id="script-status" role="status"></span></p></form></article>
  </section>
</main>
<p id="toast" role="alert"></p>
</body>
</html>`;
}

const console = html`<section class="console" aria-label="Front panel">
  <div class="display" role="status" aria-live="polite" aria-atomic="true"><p data-line="0">&nbsp;</p><p data-line="1">&nbsp;</p></div>
  <ul class="lights">${Object.entries(lights).map(([light, name]) => html`<li data-light="${light}" class="${light}"><i aria-hidden="true"></i>${name}<span class="unseen" data-said></span></li>`)}</ul>
  <div class="keys">
    <div><button data-key="menu">Menu</button><button data-key="up" aria-label="Up">▲</button><button data-key="down" aria-label="Down">▼</button><button data-key="ok">OK</button></div>
    <div><button data-key="jobs">Jobs</button><button data-key="online" aria-pressed="false">Online</button><button data-key="cancel" class="stop">Cancel</button><button data-key="power" aria-pressed="false">Power</button></div>
  </div>
</section>`;

function drawOutputs(device: Device) {
  return html`<div class="outputs">${device.outputs.map(
    ({ id, name }) => html`<section class="output" data-output="${id}" aria-label="${name}">
      <h2>${name} <span data-count></span></h2><button data-words="empty ${id}">Take the pages</button><ol data-pages></ol></section>`,
  )}</div>`;
}

function drawPaper(device: Device) {
  return html`<article aria-labelledby="paper-title"><h2 id="paper-title">Paper</h2>${device.inputs.map(
    ({ id, name, kind, capacitySheets, sizes, types }) => html`<form class="row" data-load="${id}">
      <h3>${name} <span data-count="${id}"></span></h3><meter data-meter="${id}" min="0" max="${capacitySheets}" aria-label="${name}: sheets"></meter>
      <p><label><span class="unseen">Size for ${name}</span><select name="size">${sizes.map((size) => html`<option value="${size}">${mediaSizes[size].name}</option>`)}</select></label>
      <label><span class="unseen">Type for ${name}</span><select name="type">${types.map((type) => html`<option value="${type}">${mediaTypes[type]}</option>`)}</select></label>
      <button aria-label="Load ${name}">Load</button>${kind === 'cassette' ? html` <button type="button" data-pull="${id}">Pull out</button>` : ''}</p></form>`,
  )}</article>`;
}

function drawSupplies(device: Device) {
  return html`<article class="tall" aria-labelledby="supplies-title"><h2 id="supplies-title">Supplies</h2><ul class="supplies">${device.supplies.map(
    ({
      id,
      name,
      colorant,
    }) => html`<li><span>${name}</span><span class="bar ink-${colorant ?? 'part'}"><i data-bar="${id}"></i></span>
      <span data-percent="${id}" class="percent"></span><button data-words="replace ${id}" aria-label="Replace ${name}">Replace</button></li>`,
  )}</ul></article>`;
}

function drawFaults(device: Device) {
  const groups: [label: string, faults: [words: string, text: string][]][] = [
    ['Paper jams', device.jamAreas.map(({ id, name }) => [`jam=${id}`, `Jam: ${name}`])],
    [
      'Covers and trays',
      [
        ...device.covers.map(({ id, name }): [string, string] => [`cover=${id}`, `${name} is opened`]),
        ...device.inputs
          .filter(({ kind }) => kind === 'cassette')
          .map(({ id, name }): [string, string] => [`tray=${id}`, `${name} is pulled out`]),
        ...device.inputs.map(({ id, name }): [string, string] => [`paper=${id}:0`, `${name} is empty`]),
      ],
    ],
    [
      'Supplies',
      device.supplies.flatMap(({ id, name, kind }): [string, string][] => [
        [`supply=${id}:5`, `${name} is low`],
        [`supply=${id}:-10`, `${name} is used up`],
        ...(kind === 'toner' ? [[`wrong=${id}`, `${name} of another printer`] as [string, string]] : []),
      ]),
    ],
    [
      'Machine',
      [
        ['power', 'Power cut'],
        ['offline', 'Offline'],
        ['memory', 'Out of memory'],
        ['disk', 'Disk full'],
      ],
    ],
    [
      'Network and data',
      [
        ['network', 'Network cable out'],
        ['reading=0', 'Takes no data'],
        ['reading=1000', 'Takes 1000 bytes a second'],
        ['back-channel=garbled', 'Answers are garbled'],
        ['back-channel=silent', 'Answers nothing'],
        ['counter=+5', 'Page counter lies by 5'],
      ],
    ],
  ];
  return html`<article aria-labelledby="faults-title"><h2 id="faults-title">Make something go wrong</h2>
    <form id="faults">
      <label>What <select id="fault-choice">${groups.map(([label, faults]) => html`<optgroup label="${label}">${faults.map(([words, text]) => html`<option value="${words}">${text}</option>`)}</optgroup>`)}</select></label>
      <fieldset class="when"><legend>When</legend>
        <label><input type="radio" name="when" value="now" checked /> now</label>
        <label><input type="radio" name="when" value="page" /> before page</label>
        <label><input type="radio" name="when" value="after" /> after seconds</label>
        <label><span class="unseen">Page or seconds</span><input type="number" id="fault-number" min="1" max="9999" value="2" /></label>
      </fieldset>
      <label>In words <input id="fault-words" spellcheck="false" autocomplete="off" value="jam=${device.jamAreas[0]?.id ?? ''}" /></label>
      <p><button class="stop">Make it happen</button></p>
    </form>
    <ul id="disturbances" aria-label="Faults that hold or are still to come"></ul></article>`;
}
