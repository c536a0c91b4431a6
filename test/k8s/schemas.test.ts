import { expect, it } from 'vitest';
import { problemsOf } from './schemas.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  labels: { app: app }
spec:
  replicas: 2
  selector:
    matchLabels: { app: app }
  template:
    metadata:
      labels: { app: app }
    spec:
      containers:
        - name: app
          image: app
          imagePullPolicy: Always
          ports: [{ containerPort: 8080 }]
          livenessProbe: { httpGet: { path: /livez, port: http } }
`;

it('takes what a server takes', async () => {
  expect(await problemsOf(DEPLOYMENT)).toEqual([]);
});

it.each([
  ['an unknown field', 'replicas: 2', 'replica: 2', '/spec/replica is no field of it'],
  ['an unknown field deep down', 'path: /livez', 'pfad: /livez', 'httpGet/pfad is no field of it'],
  [
    'an unknown field beside metadata',
    'labels: { app: app }\nspec',
    'label: {}\nspec',
    '/metadata/label is no field of it',
  ],
  ['a wrong type', 'replicas: 2', 'replicas: "2"', '/spec/replicas'],
  ['a number that is not whole', 'containerPort: 8080', 'containerPort: 80.5', 'containerPort'],
  ['a missing field', 'name: app\n          image', 'image', 'containers/0'],
  ['a value that is none of those known', 'Always', 'always', 'imagePullPolicy'],
  ['the wrong version', 'apps/v1', 'apps/v2', 'no schema of apps/v2 Deployment'],
  ['the wrong group', 'apps/v1', 'apps.example.com/v1', '/apiVersion'],
  ['a name in capitals', 'name: app\n  labels', 'name: App\n  labels', 'no name that a server takes'],
  ['a label that is no label', '{ app: app }\nspec', '{ app: "a b" }\nspec', 'label app'],
  ['what YAML 1.1 takes for a boolean', '{ app: app }\nspec', '{ app: yes }\nspec', 'YAML 1.1 reads it differently'],
  ['a key that is there twice', 'replicas: 2', 'replicas: 2\n  replicas: 3', 'document 1'],
])('finds %s', async (_, sound, broken, problem) => {
  expect(DEPLOYMENT).toContain(sound);
  expect((await problemsOf(DEPLOYMENT.replace(sound, broken))).join('\n')).toContain(problem);
});

it('finds an object that is there twice', async () => {
  expect(await problemsOf(`${DEPLOYMENT}---\n${DEPLOYMENT}`)).toEqual(['Deployment app: is there twice']);
});

it('knows custom resources by their definitions alone', async () => {
  const crd = JSON.stringify({
    spec: {
      group: 'example.com',
      names: { kind: 'Thing' },
      versions: [
        {
          name: 'v1',
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer' } } },
              },
            },
          },
        },
      ],
    },
  });
  const thing = (spec: string): string =>
    `apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: a }\nspec: ${spec}\n`;
  expect(await problemsOf(thing('{ size: 1 }'))).toEqual(['Thing a: there is no schema of example.com/v1 Thing']);
  expect(await problemsOf(thing('{ size: 1 }'), [crd])).toEqual([]);
  expect(await problemsOf(thing('{ size: 1, colour: red }'), [crd])).toEqual([
    'Thing a: /spec/colour is no field of it',
  ]);
  expect((await problemsOf(thing('{}'), [crd])).join()).toContain('/spec');
});
