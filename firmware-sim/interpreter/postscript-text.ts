/** Values of ours as PostScript tokens. */

/** PLRM 3.2.2: a string in parentheses. */
export function psString(text: string): string {
  return `(${text.replace(/[\\()]/g, '\\$&').replace(/[^ -~]/g, '?')})`;
}

/** The values are tokens already. */
export function psArray(tokens: readonly (string | number)[]): string {
  return `[${tokens.join(' ')}]`;
}

export function psDictionary(entries: Readonly<Record<string, string | number | boolean>>): string {
  return `<< ${Object.entries(entries)
    .map(([key, value]) => `/${key} ${value}`)
    .join(' ')} >>`;
}
