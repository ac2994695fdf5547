/** The printer as it stands there, in SVG, made from the device: covers, trays, supplies and jammed sheets are things to click. */
import { html } from 'hono/html';
import type { CoverDescription, Device, InputDescription, JamAreaDescription } from '../../device/device.js';

type Markup = ReturnType<typeof html>;

/** The body's left and right edge; cassettes hang below it. */
const left = 150;
const right = 610;
const width = right - left;
const firstCassette = 394;
const cassetteHeight = 74;

export function drawMachine(device: Device): Markup {
  const cassettes = device.inputs.filter(({ kind }) => kind === 'cassette');
  const manual = device.inputs.find(({ kind }) => kind === 'manual');
  const floor = firstCassette + cassettes.length * cassetteHeight;
  const [faceUp, faceDown] = [true, false].map((up) => device.outputs.find((output) => output.faceUp === up));
  return html`<svg id="machine" viewBox="0 0 770 ${floor + 34}" role="group" aria-label="${device.model}">
    ${definitions}
    <ellipse cx="380" cy="${floor + 14}" rx="290" ry="14" fill="url(#shadow)" />
    ${faceUp && drawFaceUpBin(faceUp.id, faceUp.name)}
    ${manual && drawManualTray(manual)}
    <rect x="${left + 8}" y="380" width="${width - 16}" height="${floor - 380}" fill="#26282c" />
    <rect x="${left + 20}" y="${floor}" width="40" height="10" rx="3" fill="#2c2e33" />
    <rect x="${right - 60}" y="${floor}" width="40" height="10" rx="3" fill="#2c2e33" />
    ${cassettes.map((tray, n) => drawCassette(tray, firstCassette + n * cassetteHeight))}
    ${drawInside(device)}
    <rect class="body" x="${left}" y="176" width="${width}" height="216" rx="14" fill="url(#case)" stroke="#a9a393" />
    <rect x="${left}" y="372" width="${width}" height="20" rx="8" fill="#b8b2a3" opacity=".55" />
    ${drawFront(device)}
    ${device.covers.map((cover, n) => drawCover(cover, n, faceDown?.id))}
    ${device.jamAreas.map((area, n) => drawJam(area, n))}
    <g class="sheet" aria-hidden="true"><rect x="360" y="404" width="92" height="9" rx="2" /></g>
  </svg>`;
}

const definitions = html`<defs>
  <linearGradient id="case" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#f4f1e9" /><stop offset=".75" stop-color="#dfdacd" /><stop offset="1" stop-color="#cdc7b8" /></linearGradient>
  <linearGradient id="lid" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fbf9f4" /><stop offset="1" stop-color="#dcd7ca" /></linearGradient>
  <linearGradient id="dark" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#17181b" /><stop offset="1" stop-color="#3b3e44" /></linearGradient>
  <linearGradient id="drawer" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#e9e5da" /><stop offset="1" stop-color="#c9c3b4" /></linearGradient>
  <radialGradient id="shadow"><stop offset="0" stop-color="#000" stop-opacity=".45" /><stop offset="1" stop-color="#000" stop-opacity="0" /></radialGradient>
</defs>`;

function drawFaceUpBin(id: string, name: string): Markup {
  return html`<g class="part bin" data-bin="${id}" data-name="${name}" role="button" tabindex="0">
    <path d="M${left + 4} 246 L34 204 L26 216 L${left + 4} 268 Z" fill="#c4beae" stroke="#8f8977" />
    <g class="stack" data-stack="${id}" data-rise="-26"><path d="M${left} 240 L48 204 L42 210 L${left} 252 Z" fill="#fff" stroke="#bbb" /></g>
    <path class="edge" d="M${left + 4} 236 L30 190 L20 218 L${left + 4} 272 Z" />
  </g>`;
}

function drawManualTray({ id, name }: InputDescription): Markup {
  return html`<g class="part" data-tray="${id}" data-name="${name}" role="button" tabindex="0">
    <path d="M${right - 4} 344 L742 296 L752 308 L${right - 4} 366 Z" fill="#c4beae" stroke="#8f8977" />
    <g data-level="${id}"><path d="M${right} 338 L732 292 L740 300 L${right} 350 Z" fill="#fff" stroke="#bbb" /></g>
    <text x="690" y="350" class="small" text-anchor="middle" data-paper="${id}"></text>
    <path class="edge" d="M${right - 4} 334 L740 282 L758 310 L${right - 4} 374 Z" />
  </g>`;
}

function drawCassette({ id, name }: InputDescription, y: number): Markup {
  return html`<g class="part cassette" data-tray="${id}" data-name="${name}" role="button" tabindex="0">
    <g class="drawer">
      <g class="sheets"><path d="M${left + 30} ${y + 2} L${left + 46} ${y - 16} L${right - 46} ${y - 16} L${right - 30} ${y + 2} Z" fill="#8d8779" />
        <path data-level="${id}" d="M${left + 40} ${y} L${left + 54} ${y - 14} L${right - 54} ${y - 14} L${right - 40} ${y} Z" fill="#fff" stroke="#ccc" /></g>
      <rect x="${left}" y="${y}" width="${width}" height="68" rx="8" fill="url(#drawer)" stroke="#a9a393" />
      <rect x="310" y="${y + 22}" width="140" height="22" rx="11" fill="#9c9686" /><rect x="318" y="${y + 25}" width="124" height="9" rx="4.5" fill="#6d685c" />
      <text x="${left + 18}" y="${y + 30}" class="label">${name}</text>
      <text x="${left + 18}" y="${y + 48}" class="small" data-paper="${id}"></text>
      <rect x="${right - 40}" y="${y + 12}" width="14" height="44" rx="4" fill="#33363b" />
      <rect data-gauge="${id}" x="${right - 37}" y="${y + 15}" width="8" height="38" rx="2" fill="#f4f4ef" />
      <rect class="edge" x="${left}" y="${y}" width="${width}" height="68" rx="8" />
    </g>
  </g>`;
}

/** What is behind the top cover. */
function drawInside(device: Device): Markup {
  const toners = device.supplies.filter(({ kind }) => kind === 'toner');
  const units = device.supplies.filter(({ kind }) => kind !== 'toner');
  return html`<g class="inside"><rect x="${left + 14}" y="104" width="${width - 28}" height="84" rx="8" fill="url(#dark)" />
    ${toners.map(({ id, name, colorant }, n) => {
      const x = left + 26 + n * 76;
      return html`<g class="part supply" data-supply="${id}" data-name="${name}" role="button" tabindex="-1">
        <g class="cartridge"><rect x="${x}" y="114" width="68" height="52" rx="6" class="ink-${colorant ?? 'black'}" /><rect x="${x + 8}" y="122" width="52" height="12" rx="3" fill="#fff" opacity=".85" />
        <text x="${x + 34}" y="131.5" class="tiny" text-anchor="middle" data-percent="${id}"></text></g>
        <rect class="edge" x="${x}" y="114" width="68" height="52" rx="6" /></g>`;
    })}
    ${units.map(({ id, name }, n) => {
      const y = 112 + n * 20;
      return html`<g class="part supply" data-supply="${id}" data-name="${name}" role="button" tabindex="-1">
        <g class="cartridge"><rect x="${right - 122}" y="${y}" width="100" height="17" rx="4" fill="#6b7078" /><text x="${right - 72}" y="${y + 12}" class="tiny light" text-anchor="middle">${name}</text></g>
        <rect class="edge" x="${right - 122}" y="${y}" width="100" height="17" rx="4" /></g>`;
    })}</g>`;
}

function drawFront(device: Device): Markup {
  const toners = device.supplies.filter(({ kind }) => kind === 'toner');
  return html`<g aria-hidden="true">
    <text x="${left + 26}" y="232" class="brand">${device.model}</text>
    <text x="${left + 27}" y="250" class="small">simulated</text>
    ${toners.map(
      (
        { id, colorant },
        n,
      ) => html`<rect x="${left + 27}" y="${276 + n * 15}" width="96" height="8" rx="4" fill="#bdb7a8" />
      <rect data-bar="${id}" x="${left + 27}" y="${276 + n * 15}" width="96" height="8" rx="4" class="ink-${colorant ?? 'black'}" />`,
    )}
    <rect x="404" y="202" width="186" height="76" rx="10" fill="#3a3d42" />
    <rect class="mini" x="414" y="211" width="166" height="36" rx="4" />
    <text x="420" y="226" class="lcd" data-line="0"></text><text x="420" y="240" class="lcd" data-line="1"></text>
    ${['power', 'ready', 'data', 'attention'].map(
      (light, n) =>
        html`<circle class="led ${light}" data-light="${light}" cx="${424 + n * 20}" cy="263" r="4.5" />`,
    )}
    ${[0, 1, 2].map((n) => html`<rect x="${520 + n * 22}" y="257" width="16" height="11" rx="3" fill="#6b7078" />`)}
    ${[0, 1, 2, 3, 4, 5].map((n) => html`<rect class="vent" x="404" y="${304 + n * 10}" width="186" height="4" rx="2" />`)}
  </g>`;
}

/** Where the covers that we know are; one that we do not know gets a door on the left side. */
function drawCover({ id, name }: CoverDescription, n: number, faceDown: string | undefined): Markup {
  const inner = (markup: Markup) =>
    html`<g class="part cover ${id === 'top' ? 'lid' : 'door'} ${id}" data-cover="${id}" data-name="${name}" role="button" tabindex="0" aria-expanded="false">${markup}</g>`;
  if (id === 'top') {
    const outline = `M${left} 190 L${left} 130 Q${left} 96 ${left + 34} 96 L${right - 34} 96 Q${right} 96 ${right} 130 L${right} 190 Z`;
    return inner(html`<path d="${outline}" fill="url(#lid)" stroke="#a9a393" />
      <path d="M${left + 90} 126 L${left + 112} 104 L${right - 112} 104 L${right - 90} 126 Z" fill="#7b7668" />
      <g class="stack" data-stack="${faceDown ?? ''}" data-rise="-22"><path d="M${left + 104} 122 L${left + 120} 106 L${right - 120} 106 L${right - 104} 122 Z" fill="#fff" stroke="#ccc" /></g>
      <rect x="330" y="168" width="100" height="12" rx="6" fill="#bdb7a8" />
      <text x="${left + 18}" y="182" class="small">${name}</text>
      <path class="edge" d="${outline}" />`);
  }
  const place: Record<string, [x: number, y: number, height: number]> = {
    side: [right, 196, 128],
    'lower-tray-door': [right, firstCassette + 6, 2 * cassetteHeight - 18],
    duplex: [left - 18, 290, 84],
  };
  const [x, y, height] = place[id] ?? [left - 18, 200 + n * 60, 50];
  const isRight = x >= right;
  return inner(html`<g class="${isRight ? 'opens-right' : 'opens-left'}"><rect x="${x}" y="${y}" width="18" height="${height}" rx="4" fill="url(#lid)" stroke="#a9a393" />
    <rect x="${x + 6}" y="${y + height / 2 - 14}" width="6" height="28" rx="3" fill="#9c9686" /><rect class="edge" x="${x}" y="${y}" width="18" height="${height}" rx="4" /></g>`);
}

function drawJam({ id, name, cover }: JamAreaDescription, n: number): Markup {
  const place: Record<string, [x: number, y: number]> = {
    'tray-feed': [right + 26, 300],
    'multi-purpose-feed': [right + 26, 262],
    imaging: [380, 150],
    fuser: [262, 150],
    duplex: [left - 44, 330],
  };
  const [x, y] = place[id] ?? [200 + n * 60, 150];
  return html`<g class="part jam" data-jam="${id}" data-behind="${cover}" data-name="${name}" role="button" tabindex="-1" transform="translate(${x} ${y})">
    <circle class="alarm" r="34" />
    <path d="M-30 6 L-14 -14 L-2 -4 L12 -18 L30 -2 L22 6 L28 18 L8 14 L-4 22 L-14 12 Z" fill="#fff" stroke="#8b8b8b" />
    <path d="M-14 -14 L-8 6 L-14 12 M-2 -4 L8 14 M12 -18 L10 0 L22 6" fill="none" stroke="#bdbdbd" />
    <circle class="edge" r="34" /></g>`;
}
