/** The sample settings file and the manual's table, both written out of a settings schema. */
import { stringify } from 'yaml';
import { factsOf, fieldsOf, itemOf, optionalOf, type SettingSchema } from '#base/settings-schema.js';

/** One setting as the manual shows it. */
export interface SettingRow {
  /** `mailbox.port`, `mailboxes[].name`. */
  setting: string;
  type: string;
  unit: string;
  /** In words; empty for a setting that may be left out and then is not there. */
  default: string;
  changesWhileRunning: boolean;
  text: string;
}

/** Every setting below `schema`, in declared order. */
export function describeSettings(schema: SettingSchema, prefix = ''): SettingRow[] {
  const rows: SettingRow[] = [];
  for (const [name, field] of fieldsOf(schema) ?? []) {
    const setting = prefix === '' ? name : `${prefix}.${name}`;
    const facts = factsOf(field);
    const item = itemOf(field);
    const isSection = fieldsOf(field) !== null;
    const { optional, value } = optionalOf(field);
    if (!isSection || (optional && value === undefined)) {
      rows.push({
        setting,
        type: facts.type,
        unit: facts.unit ?? '',
        default: defaultWords(field),
        changesWhileRunning: facts.changesWhileRunning === true,
        text: facts.text,
      });
    }
    if (isSection) rows.push(...describeSettings(field, setting));
    if (item !== null && fieldsOf(item) !== null) rows.push(...describeSettings(item, `${setting}[]`));
  }
  return rows;
}

/** A Markdown table of every setting. */
export function formatSettingsTable(schema: SettingSchema): string {
  const head = ['Setting', 'What it must be', 'Unit', 'Default', 'Changes', 'What it is'];
  const rows = describeSettings(schema).map((row) => [
    `\`${row.setting}\``,
    row.type,
    row.unit,
    row.default,
    row.changesWhileRunning ? 'while running' : 'after a restart',
    row.text,
  ]);
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => {
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `${lines.join('\n')}\n`;
}

/** A settings file that works as it is, once its examples are replaced; what may be left out is commented out. */
export function formatSampleFile(schema: SettingSchema, introduction: string): string {
  return `${[`# ${introduction}`, ...sampleFields(schema)].join('\n')}\n`;
}

function sampleFields(schema: SettingSchema): string[] {
  const lines: string[] = [];
  let afterSection = false;
  for (const [name, field] of fieldsOf(schema) ?? []) {
    const nested = fieldsOf(field) !== null;
    if (lines.length > 0 && (nested || afterSection)) lines.push('');
    lines.push(...sampleField(name, field));
    afterSection = nested;
  }
  return lines;
}

function sampleField(name: string, field: SettingSchema): string[] {
  const { text, type, unit, example, inSample } = factsOf(field);
  const item = itemOf(field);
  const nested = fieldsOf(field) !== null ? indented(sampleFields(field)) : sampleItem(item);
  if (nested !== null) {
    const lines = [`${name}:`, ...nested];
    return [`# ${text}`, ...(inSample === false ? lines.map((line) => `# ${line}`) : lines)];
  }
  const { optional, value } = optionalOf(field);
  const shown = example ?? (value === undefined ? '' : stringify(value).trim());
  const words = defaultWords(field);
  const notes = [type, unit && `in ${unit}`, optional && words !== 'none' && `default: ${words}`];
  const comment = [`# ${text}`, `# (${notes.filter(Boolean).join('; ')})`];
  return [...comment, `${(inSample ?? !optional) ? '' : '# '}${name}: ${quoted(shown)}`];
}

/** An item of a list of sections; null for any other list. */
function sampleItem(item: SettingSchema | null): string[] | null {
  if (item === null || fieldsOf(item) === null) return null;
  return ['  -', ...indented(indented(sampleFields(item)))];
}

/** Examples are YAML already, but for the characters that would end or change a plain value. */
function quoted(text: string): string {
  return /^[@$]|: /.test(text) ? JSON.stringify(text) : text;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

function defaultWords(field: SettingSchema): string {
  const { optional, value } = optionalOf(field);
  const words = factsOf(field).default;
  if (words !== undefined) return words;
  if (!optional) return 'required';
  if (value === undefined) return 'none';
  return Array.isArray(value) && value.length === 0 ? 'empty' : String(value);
}
