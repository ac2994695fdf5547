/** The panel's style and script, as they lie in the sources: browsers take them as they are. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export async function readPanelAssets(): Promise<{ style: string; script: string }> {
  const folder = join(packageFolder(), 'firmware-sim/faces/panel');
  const [style, script] = await Promise.all(
    ['panel.css', 'panel.js'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { style: style ?? '', script: script ?? '' };
}

/** This file may have been bundled into another one: only what is above it is sure. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
