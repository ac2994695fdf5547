/** The description of the control interface, OpenAPI 3.1, made of the table that the routes are made of. */
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { operations } from './operations.js';

export const errorSchema = v.strictObject({
  error: v.pipe(v.string(), v.description('A stable code')),
  text: v.pipe(v.string(), v.description('For people: what is wrong and what there is')),
});

/** Of the interface; the first number grows when what worked before does not any more. */
const interfaceVersion = '1.0';

/** What is not JSON in and JSON out. */
const others = {
  '/control/events': {
    get: {
      summary: 'Everything that happens, as server-sent events',
      description:
        'First "state" with the whole printer, and again after changes; in between each of page-out, page-lost, fault-came, alert-raised, alert-cleared and job-done as it happens.',
      responses: { 200: { description: 'The events', content: { 'text/event-stream': {} } } },
    },
  },
  '/control/jobs/{job}/pages/{page}': {
    get: {
      summary: 'The picture of a page that came out',
      parameters: [parameter('job', 'Its number'), parameter('page', 'Its place in the output, from 1')],
      responses: {
        200: { description: 'The page', content: { 'image/png': {} } },
        404: failure('There is none'),
      },
    },
  },
  '/control/openapi.json': {
    get: {
      summary: 'This description',
      responses: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': {} } } },
    },
  },
};

export function describeControl(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = { ...others };
  for (const { method, path, summary, parameters, body, answer } of operations) {
    const described = {
      summary,
      parameters: Object.entries(parameters).map(([name, text]) => parameter(name, text)),
      ...(body && {
        requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body) } } },
      }),
      responses: {
        200: {
          description: 'As it is afterwards',
          content: { 'application/json': { schema: jsonSchema(answer) } },
        },
        ...(body && { 400: failure('The body is not understood') }),
        ...(Object.keys(parameters).length > 0 && { 404: failure('There is no such part or job') }),
        ...(method !== 'GET' && { 409: failure('It cannot be done now') }),
      },
    };
    const full = `/control${path}`;
    paths[full] = { ...paths[full], [method.toLowerCase()]: described };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'phaser740: control of the simulated printer',
      description: 'Makes it jam and puts it right; see docs/simulator.md.',
      version: interfaceVersion,
    },
    paths,
    components: { schemas: { Error: jsonSchema(errorSchema) } },
  };
}

function jsonSchema(schema: v.GenericSchema): Record<string, unknown> {
  // OpenAPI says itself which JSON Schema it speaks.
  const { $schema: _, ...described } = toJsonSchema(schema, { target: 'draft-2020-12' });
  return described;
}

function parameter(name: string, description: string) {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } };
}

function failure(description: string) {
  const schema = { $ref: '#/components/schemas/Error' };
  return { description, content: { 'application/json': { schema } } };
}
